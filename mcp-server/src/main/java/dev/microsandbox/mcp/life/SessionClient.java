package dev.microsandbox.mcp.life;

import org.jspecify.annotations.Nullable;

/**
 * The owner of a session, and what the server needs to resume the session after a restart.
 *
 * @param namespace the owner's namespace
 * @param keyId the id of the API key that opened the session; null in development mode
 * @param initialize the parameters of the session's {@code initialize} request as JSON values:
 *     maps, lists, strings, numbers and booleans
 */
public record SessionClient(
        String namespace, @Nullable String keyId, @Nullable Object initialize) {}
