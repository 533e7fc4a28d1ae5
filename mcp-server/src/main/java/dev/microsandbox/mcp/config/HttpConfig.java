package dev.microsandbox.mcp.config;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Settings of the HTTP server.
 *
 * @param host address to listen on
 * @param port port to listen on; 0 for any free port
 * @param developmentMode whether requests are accepted without an API key
 * @param developmentFrom from whom, then
 * @param allowedOrigins web origins that are allowed in addition to loopback origins
 * @param allowedHosts names in {@code Host} that are allowed in addition to loopback names
 * @param trustedProxies addresses and ranges of reverse proxies whose {@code X-Forwarded-For} is
 *     believed
 */
public record HttpConfig(
        String host,
        int port,
        boolean developmentMode,
        KeylessCallers developmentFrom,
        Set<String> allowedOrigins,
        Set<String> allowedHosts,
        Set<String> trustedProxies) {

    static final Setting<String> HOST =
            Setting.text(
                    "host",
                    "Address to listen on",
                    "127.0.0.1",
                    Pattern.compile("[\\w.:%-]+"),
                    "an IP address or the name of one, without a port");

    static final Setting<Integer> PORT =
            Setting.integer("port", "Port to listen on; 0 for any free port", "5555", 0, 65_535);

    static final Setting<Boolean> DEV_MODE =
            Setting.flag(
                    "dev_mode",
                    "Accept requests without an API key: for development, on machines that"
                            + " nobody else can reach",
                    "false");

    /** Who may call without an API key in development mode. */
    public enum KeylessCallers {
        /** In a container as {@link #GATEWAY}, elsewhere as {@link #ANYWHERE}. */
        AUTO,
        /** This machine or container, and its default gateway. */
        GATEWAY,
        /** Whoever reaches the port. */
        ANYWHERE
    }

    static final Setting<KeylessCallers> DEV_MODE_FROM =
            Setting.of(
                    "dev_mode_from",
                    "Who needs no API key in development mode: gateway (this machine or"
                            + " container, and its default gateway), anywhere, or auto"
                            + " (gateway in a container)",
                    "auto",
                    HttpConfig::keylessCallers);

    static final Setting<Set<String>> ALLOWED_ORIGINS =
            Setting.list(
                    "allowed_origins",
                    "Web origins, separated by commas, that are allowed in addition to"
                            + " loopback origins",
                    "",
                    Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*://[^\\s/?#@*]+/?"),
                    "origins such as https://app.example.com");

    static final Setting<Set<String>> ALLOWED_HOSTS =
            Setting.list(
                    "allowed_hosts",
                    "Names, separated by commas, by which clients may call the server",
                    "",
                    Pattern.compile("[\\w.-]+(:\\d+)?"),
                    "names of hosts such as sandbox.example.com");

    static final Setting<Set<String>> TRUSTED_PROXIES =
            Setting.addresses(
                    "trusted_proxies",
                    "IP addresses and ranges (10.0.0.0/8), separated by commas, of reverse"
                            + " proxies whose X-Forwarded-For tells the client's address",
                    "");

    static final List<Setting<?>> SETTINGS =
            List.of(
                    HOST,
                    PORT,
                    DEV_MODE,
                    DEV_MODE_FROM,
                    ALLOWED_ORIGINS,
                    ALLOWED_HOSTS,
                    TRUSTED_PROXIES);

    public HttpConfig {
        allowedOrigins = Set.copyOf(allowedOrigins);
        allowedHosts = Set.copyOf(allowedHosts);
        trustedProxies = Set.copyOf(trustedProxies);
    }

    private static KeylessCallers keylessCallers(String text) {
        return switch (text.strip().toLowerCase(Locale.ROOT)) {
            case "auto" -> KeylessCallers.AUTO;
            case "gateway" -> KeylessCallers.GATEWAY;
            case "anywhere" -> KeylessCallers.ANYWHERE;
            default -> throw new IllegalArgumentException("auto, gateway or anywhere");
        };
    }

    static HttpConfig read(SettingValues values) {
        return new HttpConfig(
                values.read(HOST),
                values.read(PORT),
                values.read(DEV_MODE),
                values.read(DEV_MODE_FROM),
                values.read(ALLOWED_ORIGINS),
                values.read(ALLOWED_HOSTS),
                values.read(TRUSTED_PROXIES));
    }
}
