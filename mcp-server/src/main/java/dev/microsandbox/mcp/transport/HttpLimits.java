package dev.microsandbox.mcp.transport;

import java.time.Duration;

/**
 * Bounds on what a client may take of the HTTP server.
 *
 * @param maxBodyBytes the longest request body; the default has room for 64 MiB of file content as
 *     base64
 * @param maxConnections TCP connections at once
 * @param keepAlive how often an open stream gets a comment; a client that is gone is noticed within
 *     two of them
 * @param stopGrace how long running requests may go on when the server stops
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
