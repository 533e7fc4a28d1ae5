package dev.microsandbox.mcp.transport;

import dev.microsandbox.mcp.auth.Namespaces;
import java.util.Set;

/**
 * Where the HTTP server listens and whom it lets in.
 *
 * @param host address to listen on
 * @param port port to listen on; 0 for any free one
 * @param developmentMode no API keys are asked for; everybody is in {@link Namespaces#DEFAULT}
 * @param allowedOrigins web origins allowed beside loopback ones
 * @param allowedHosts names in {@code Host} allowed beside {@code localhost} and addresses; when
 *     empty, a server that asks for keys and listens on other addresses than loopback allows all
 * @param limits bounds on a client
 * @param sessions bounds on sessions
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

    /** The defaults: keys needed, everything else as permissive as is safe. */
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
