package dev.microsandbox.mcp.transport.connection;

import java.time.Duration;

/**
 * Bounds on the connections of the HTTP server.
 *
 * <p>A connection on which no valid key was shown belongs to a stranger. If there are too many of
 * them, the oldest is closed.
 *
 * @param connections the number of connections
 * @param strangers how many of them strangers may have
 * @param strangersOfPeer how many of them strangers of one address may have
 * @param header how long a request's header may take, in which the first one's time begins with the
 *     connection
 * @param idle how long a connection may be open between requests
 * @param bodyPatience how long a request's body may be slower than {@code bytesPerSecond}
 * @param answerPatience how long a client may be slower than that in reading an answer
 * @param bytesPerSecond the least speed of bodies and answers
 */
public record ConnectionLimits(
        int connections,
        int strangers,
        int strangersOfPeer,
        Duration header,
        Duration idle,
        Duration bodyPatience,
        Duration answerPatience,
        int bytesPerSecond) {

    /** The defaults for that many connections: a quarter of them is for strangers. */
    public static ConnectionLimits of(int connections) {
        int strangers = Math.max(1, connections / 4);
        return new ConnectionLimits(
                connections,
                strangers,
                Math.max(1, strangers / 4),
                Duration.ofSeconds(10),
                Duration.ofSeconds(60),
                Duration.ofSeconds(10),
                Duration.ofSeconds(60),
                16 << 10);
    }

    public ConnectionLimits {
        if (strangersOfPeer < 1 || strangers < strangersOfPeer || connections < strangers) {
            throw new IllegalArgumentException("Each limit must have room for the next.");
        }
        if (bytesPerSecond < 1) {
            throw new IllegalArgumentException("A speed must be positive.");
        }
    }

    /** The same limits with other times. */
    public ConnectionLimits withTimes(
            Duration newHeader,
            Duration newIdle,
            Duration newBodyPatience,
            Duration newAnswerPatience) {
        return new ConnectionLimits(
                connections,
                strangers,
                strangersOfPeer,
                newHeader,
                newIdle,
                newBodyPatience,
                newAnswerPatience,
                bytesPerSecond);
    }
}
