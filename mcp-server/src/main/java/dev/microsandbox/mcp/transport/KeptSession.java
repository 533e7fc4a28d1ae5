package dev.microsandbox.mcp.transport;

import org.jspecify.annotations.Nullable;

/**
 * What makes an HTTP session go on after the server's next start.
 *
 * @param namespace whose it is
 * @param keyId the API key that opened it; null in development mode
 * @param initialize the parameters of its {@code initialize}, as JSON: version, capabilities, name
 */
public record KeptSession(String id, String namespace, @Nullable String keyId, String initialize) {

    boolean isOf(Caller caller) {
        return caller.equals(new Caller(namespace, keyId));
    }
}
