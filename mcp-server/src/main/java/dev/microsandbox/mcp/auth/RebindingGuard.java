package dev.microsandbox.mcp.auth;

import java.net.URI;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Refuses requests from web pages (MCP 2025-11-25, Transports, "Security Warning").
 *
 * <p>A page in a user's browser can reach a server on the user's machine. Two headers that a page
 * cannot forge reveal it: {@code Origin} names the page's site, and {@code Host} names the host to
 * which the browser believes it talks. {@code Host} detects DNS rebinding, where the page's own
 * name resolves to this server and its origin therefore looks like the server's own.
 *
 * <p>Programs other than browsers send no {@code Origin}, so a request without one passes. So does
 * an IP address as {@code Host}, because no name was resolved. But browsers send no {@code Origin}
 * either where a page only loads something, such as an image, or opens an address. Those requests
 * they mark with {@code Sec-Fetch-Site} (W3C Fetch Metadata).
 *
 * @param origins origins that are allowed in addition to loopback origins, such as {@code
 *     https://app.example.com}
 * @param hosts host names that are allowed in addition to {@code localhost}, without ports
 * @param anyHost whether the {@code Host} header is not checked; suitable for a server with API
 *     keys that clients reach by names it does not know, because a page has no key
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

    /**
     * Whether a request without {@code Origin} may pass that has this {@code Sec-Fetch-Site}
     * header; null if it has none. The user's own address bar and a page of this server pass.
     */
    public boolean allowsSite(@Nullable String site) {
        return site == null || site.equals("none") || site.equals("same-origin");
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
