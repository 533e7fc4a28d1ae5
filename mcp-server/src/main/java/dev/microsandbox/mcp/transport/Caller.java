package dev.microsandbox.mcp.transport;

import dev.microsandbox.mcp.auth.ApiKeys;
import org.jspecify.annotations.Nullable;

/**
 * Who sent an HTTP request. Sessions belong to the caller that opened them.
 *
 * @param namespace the caller's namespace
 * @param keyId the API key used; null in development mode
 */
public record Caller(String namespace, @Nullable String keyId) {

    /** Whether a caller that was admitted earlier would still be admitted now. */
    public boolean isStillAllowed(ApiKeys keys) {
        return keyId == null || keys.stillValid(keyId);
    }
}
