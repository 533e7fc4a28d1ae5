package dev.microsandbox.mcp.config;

import java.util.List;
import java.util.Set;

/**
 * Settings of the HTTP server.
 *
 * @param host address to listen on
 * @param port port to listen on; 0 for any free port
 * @param developmentMode whether requests are accepted without an API key
 * @param allowedOrigins web origins that are allowed in addition to loopback origins
 * @param allowedHosts names in {@code Host} that are allowed in addition to loopback names
 */
public record HttpConfig(
        String host,
        int port,
        boolean developmentMode,
        Set<String> allowedOrigins,
        Set<String> allowedHosts) {

    static final Setting<String> HOST = Setting.text("host", "Address to listen on", "127.0.0.1");

    static final Setting<Integer> PORT =
            Setting.integer("port", "Port to listen on; 0 for any free port", "5555", 0, 65_535);

    static final Setting<Boolean> DEV_MODE =
            Setting.flag(
                    "dev_mode",
                    "Accept requests without an API key: for development, on machines that"
                            + " nobody else can reach",
                    "false");

    static final Setting<Set<String>> ALLOWED_ORIGINS =
            Setting.list(
                    "allowed_origins",
                    "Web origins, separated by commas, that are allowed in addition to"
                            + " loopback origins",
                    "");

    static final Setting<Set<String>> ALLOWED_HOSTS =
            Setting.list(
                    "allowed_hosts",
                    "Names, separated by commas, by which clients may call the server",
                    "");

    static final List<Setting<?>> SETTINGS =
            List.of(HOST, PORT, DEV_MODE, ALLOWED_ORIGINS, ALLOWED_HOSTS);

    public HttpConfig {
        allowedOrigins = Set.copyOf(allowedOrigins);
        allowedHosts = Set.copyOf(allowedHosts);
    }

    static HttpConfig read(SettingValues values) {
        return new HttpConfig(
                values.read(HOST),
                values.read(PORT),
                values.read(DEV_MODE),
                values.read(ALLOWED_ORIGINS),
                values.read(ALLOWED_HOSTS));
    }
}
