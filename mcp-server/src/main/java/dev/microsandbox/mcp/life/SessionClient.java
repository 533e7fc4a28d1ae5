package dev.microsandbox.mcp.life;

import org.jspecify.annotations.Nullable;

/**
 * Whose a session is: with that it goes on after the server's next start.
 *
 * @param namespace whose it is
 * @param keyId the API key that opened it; null in development mode
 * @param initialize the parameters of its {@code initialize}, as of JSON: maps, lists, strings,
 *     numbers and truth values
 */
public record SessionClient(
        String namespace, @Nullable String keyId, @Nullable Object initialize) {}
