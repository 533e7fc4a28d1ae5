package dev.microsandbox.mcp.transport;

import org.jspecify.annotations.Nullable;

/**
 * Who sent an HTTP request. Sessions belong to the caller that opened them.
 *
 * @param namespace the caller's namespace
 * @param keyId the API key used; null in development mode
 */
record Caller(String namespace, @Nullable String keyId) {}
