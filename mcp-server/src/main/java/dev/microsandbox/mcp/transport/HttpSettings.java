package dev.microsandbox.mcp.transport;

import dev.microsandbox.mcp.auth.Namespaces;
import dev.microsandbox.mcp.transport.connection.ClientAddresses;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Where the HTTP server listens and which callers it admits.
 *
 * @param host address to listen on
 * @param port port to listen on; 0 for any free port
 * @param socket the Unix socket to listen on instead; null for none
 * @param developmentMode whether the server admits callers without an API key, in {@link
 *     Namespaces#DEFAULT}
 * @param keyless which addresses may call without a key in development mode
 * @param allowedOrigins web origins that are allowed in addition to loopback origins
 * @param allowedHosts names in {@code Host} that are allowed in addition to {@code localhost} and
 *     IP addresses; if empty, a server that requires keys and listens on a non-loopback address
 *     allows every name
 * @param clients tells clients from the reverse proxies that the operator trusts
 * @param limits bounds on the resources that clients may use
 * @param sessions bounds on the number of sessions
 */
public record HttpSettings(
        String host,
        int port,
        @Nullable Path socket,
        boolean developmentMode,
        Predicate<InetAddress> keyless,
        Set<String> allowedOrigins,
        Set<String> allowedHosts,
        ClientAddresses clients,
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
                host,
                port,
                null,
                false,
                anyone -> true,
                Set.of(),
                Set.of(),
                new ClientAddresses(Set.of()),
                HttpLimits.DEFAULT,
                SessionLimits.DEFAULT);
    }

    /** Listens on a Unix socket, which must not exist, and on no port. */
    public HttpSettings withSocket(Path newSocket) {
        return new HttpSettings(
                host,
                port,
                newSocket,
                developmentMode,
                keyless,
                allowedOrigins,
                allowedHosts,
                clients,
                limits,
                sessions);
    }

    public HttpSettings withDevelopmentMode(boolean newDevelopmentMode) {
        return new HttpSettings(
                host,
                port,
                socket,
                newDevelopmentMode,
                keyless,
                allowedOrigins,
                allowedHosts,
                clients,
                limits,
                sessions);
    }

    /**
     * Restricts development mode to some callers. Others need a key.
     *
     * @param newKeyless which addresses may call without a key
     */
    public HttpSettings withKeyless(Predicate<InetAddress> newKeyless) {
        return new HttpSettings(
                host,
                port,
                socket,
                developmentMode,
                newKeyless,
                allowedOrigins,
                allowedHosts,
                clients,
                limits,
                sessions);
    }

    public HttpSettings withAllowed(Set<String> newOrigins, Set<String> newHosts) {
        return new HttpSettings(
                host,
                port,
                socket,
                developmentMode,
                keyless,
                newOrigins,
                newHosts,
                clients,
                limits,
                sessions);
    }

    /** As {@link ClientAddresses#ClientAddresses}. */
    public HttpSettings withTrustedProxies(Set<String> proxies) {
        return new HttpSettings(
                host,
                port,
                socket,
                developmentMode,
                keyless,
                allowedOrigins,
                allowedHosts,
                new ClientAddresses(proxies),
                limits,
                sessions);
    }

    public HttpSettings withLimits(HttpLimits newLimits, SessionLimits newSessions) {
        return new HttpSettings(
                host,
                port,
                socket,
                developmentMode,
                keyless,
                allowedOrigins,
                allowedHosts,
                clients,
                newLimits,
                newSessions);
    }
}
