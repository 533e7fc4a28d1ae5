package dev.microsandbox.mcp.transport;

import dev.microsandbox.mcp.auth.Namespaces;
import java.util.Set;

/**
 * Where the HTTP server listens and which callers it admits.
 *
 * @param host address to listen on
 * @param port port to listen on; 0 for any free port
 * @param developmentMode whether the server admits everybody without an API key, in {@link
 *     Namespaces#DEFAULT}
 * @param allowedOrigins web origins that are allowed in addition to loopback origins
 * @param allowedHosts names in {@code Host} that are allowed in addition to {@code localhost} and
 *     IP addresses; if empty, a server that requires keys and listens on a non-loopback address
 *     allows every name
 * @param limits bounds on the resources that clients may use
 * @param sessions bounds on the number of sessions
 */
public record HttpSettings(
        String host,
        int port,
        boolean developmentMode,
        Set<String> allowedOrigins,
        Set<String> allowedHosts,
        HttpLimits limits,
        SessionLimits sessions) {

    public HttpSettings {
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException("A port is a number from 0 to 65535.");
        }
        allowedOrigins = Set.copyOf(allowedOrigins);
        allowedHosts = Set.copyOf(allowedHosts);
    }

    /** The defaults: API keys are required, everything else is as permissive as is safe. */
    public static HttpSettings of(String host, int port) {
        return new HttpSettings(
                host, port, false, Set.of(), Set.of(), HttpLimits.DEFAULT, SessionLimits.DEFAULT);
    }

    public HttpSettings withDevelopmentMode(boolean newDevelopmentMode) {
        return new HttpSettings(
                host, port, newDevelopmentMode, allowedOrigins, allowedHosts, limits, sessions);
    }

    public HttpSettings withAllowed(Set<String> newOrigins, Set<String> newHosts) {
        return new HttpSettings(
                host, port, developmentMode, newOrigins, newHosts, limits, sessions);
    }

    public HttpSettings withLimits(HttpLimits newLimits, SessionLimits newSessions) {
        return new HttpSettings(
                host, port, developmentMode, allowedOrigins, allowedHosts, newLimits, newSessions);
    }
}
