package dev.microsandbox.mcp.auth;

import java.util.Optional;

/** The rule that a server that other machines can reach must have an API key. */
public final class Exposure {

    private Exposure() {}

    /**
     * Checks whether a server may start with these settings.
     *
     * @param host the address on which it would listen
     * @param developmentMode whether the user has chosen to require no keys
     * @param anyKey whether there is a valid key
     * @return why the server must not start, and what to do; empty if it may start
     */
    public static Optional<String> refusal(String host, boolean developmentMode, boolean anyKey) {
        if (developmentMode || anyKey || HostNames.isLoopback(host)) {
            return Optional.empty();
        }
        return Optional.of(
                "Refusing to listen on "
                        + host
                        + " without an API key: whoever reaches the port could run code here. Make"
                        + " a key with 'msb key create --namespace NAME', or listen on 127.0.0.1,"
                        + " or, on a network you trust, set MICROSANDBOX_DEV_MODE=true.");
    }
}
