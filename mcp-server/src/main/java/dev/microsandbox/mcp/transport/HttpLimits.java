package dev.microsandbox.mcp.transport;

import dev.microsandbox.mcp.transport.connection.ConnectionLimits;
import java.time.Duration;

/**
 * Bounds on the resources that clients may use in the HTTP server.
 *
 * @param maxBodyBytes maximum size of a request body, in bytes; the default has room for 64 MiB of
 *     file content as base64
 * @param connections bounds on TCP connections
 * @param keepAlive interval at which an open stream gets a comment; the server notices a
 *     disconnected client within two intervals
 * @param stopGrace how long running requests may continue when the server stops
 */
public record HttpLimits(
        int maxBodyBytes, ConnectionLimits connections, Duration keepAlive, Duration stopGrace) {

    public static final HttpLimits DEFAULT =
            new HttpLimits(
                    100 << 20,
                    ConnectionLimits.of(4096),
                    Duration.ofSeconds(3),
                    Duration.ofSeconds(10));

    /** As the record's constructor, with the defaults for that many connections. */
    public HttpLimits(
            int maxBodyBytes, int maxConnections, Duration keepAlive, Duration stopGrace) {
        this(maxBodyBytes, ConnectionLimits.of(maxConnections), keepAlive, stopGrace);
    }

    public HttpLimits {
        if (maxBodyBytes < 1) {
            throw new IllegalArgumentException("The size of a body must be positive.");
        }
        if (!keepAlive.isPositive() || stopGrace.isNegative()) {
            throw new IllegalArgumentException("Keep-alive must be positive, grace not negative.");
        }
    }
}
