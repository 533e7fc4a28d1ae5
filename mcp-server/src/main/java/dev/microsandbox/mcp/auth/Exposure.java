package dev.microsandbox.mcp.auth;

import java.util.Optional;

/** The rule that a server which others can reach needs keys. */
public final class Exposure {

    private Exposure() {}

    /**
     * Says why a server must not start as asked.
     *
     * @param host the address it would listen on
     * @param developmentMode whether the user has said that no keys are wanted
     * @param anyKey whether there is a valid key
     * @return the reason and what to do; empty if all is well
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
