package dev.microsandbox.mcp.auth;

import java.net.URI;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Keeps web pages out (MCP 2025-11-25, Transports, "Security Warning").
 *
 * <p>A page in a user's browser can reach a server on the user's machine. Two headers that a page
 * cannot forge give it away: {@code Origin} names the page's site, and {@code Host} the name that
 * the browser believes it talks to. The second is what catches DNS rebinding, where the page's own
 * name is made to point here, because the origin then looks like the server's own.
 *
 * <p>Programs send no {@code Origin}; they pass. An IP address as {@code Host} passes, since no
 * name was resolved to get here.
 *
 * @param origins origins allowed beside loopback ones, such as {@code https://app.example.com}
 * @param hosts host names allowed beside {@code localhost}, without ports
 * @param anyHost whether the {@code Host} header is left unchecked: right for a server with keys
 *     that is reached by names it does not know, because a page has no key
 */
public record RebindingGuard(Set<String> origins, Set<String> hosts, boolean anyHost) {

    public RebindingGuard {
        origins = origins.stream().map(RebindingGuard::normal).collect(Collectors.toSet());
        origins = Set.copyOf(origins);
        hosts = hosts.stream().map(HostNames::withoutPort).collect(Collectors.toSet());
        hosts = Set.copyOf(hosts);
    }

    /** Whether a request with this {@code Origin} header may pass; null if it has none. */
    public boolean allowsOrigin(@Nullable String origin) {
        return origin == null || origins.contains(normal(origin)) || isLoopbackOrigin(origin);
    }

    /** Whether a request with this {@code Host} header may pass; null if it has none. */
    public boolean allowsHost(@Nullable String host) {
        if (anyHost) {
            return true;
        }
        if (host == null) {
            return false;
        }
        String name = HostNames.withoutPort(host);
        return HostNames.isLoopback(name) || HostNames.isAddress(name) || hosts.contains(name);
    }

    private static boolean isLoopbackOrigin(String origin) {
        try {
            URI uri = URI.create(origin);
            String scheme = uri.getScheme();
            String host = uri.getHost();
            return ("http".equalsIgnoreCase(scheme) || "https".equalsIgnoreCase(scheme))
                    && host != null
                    && uri.getUserInfo() == null
                    && HostNames.isLoopback(host);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static String normal(String origin) {
        String text = origin.strip().toLowerCase(Locale.ROOT);
        return text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
    }
}
