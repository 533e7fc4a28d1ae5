package dev.microsandbox.mcp.transport;

import java.time.Duration;

/**
 * Bounds on the resources that clients may use in the HTTP server.
 *
 * @param maxBodyBytes maximum size of a request body, in bytes; the default has room for 64 MiB of
 *     file content as base64
 * @param maxConnections maximum number of simultaneous TCP connections
 * @param keepAlive interval at which an open stream gets a comment; the server notices a
 *     disconnected client within two intervals
 * @param stopGrace how long running requests may continue when the server stops
 */
public record HttpLimits(
        int maxBodyBytes, int maxConnections, Duration keepAlive, Duration stopGrace) {

    public static final HttpLimits DEFAULT =
            new HttpLimits(100 << 20, 4096, Duration.ofSeconds(3), Duration.ofSeconds(10));

    public HttpLimits {
        if (maxBodyBytes < 1 || maxConnections < 1) {
            throw new IllegalArgumentException("Body size and connections must be positive.");
        }
        if (!keepAlive.isPositive() || stopGrace.isNegative()) {
            throw new IllegalArgumentException("Keep-alive must be positive, grace not negative.");
        }
    }
}
