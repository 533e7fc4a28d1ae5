package dev.microsandbox.mcp.front;

import java.time.Duration;

/**
 * How long the front waits for workers.
 *
 * @param answer for an answer's first byte, and for a worker that does not take a request's next
 *     bytes; longer than a message waits for memory in a worker
 * @param head for the rest of the answer's head
 * @param silence for the next bytes of an answer's body; several times as long as a worker's event
 *     streams are silent
 * @param idle how long an unused connection to a worker stays open; shorter than the worker keeps
 *     it
 * @param keepAlive interval of the comments in a held stream
 * @param poll how often a held stream looks for a worker
 */
public record FrontTimes(
        Duration answer,
        Duration head,
        Duration silence,
        Duration idle,
        Duration keepAlive,
        Duration poll) {

    public static final FrontTimes DEFAULT =
            new FrontTimes(
                    Duration.ofMinutes(3),
                    Duration.ofSeconds(10),
                    Duration.ofMinutes(1),
                    Duration.ofSeconds(30),
                    Duration.ofSeconds(3),
                    Duration.ofSeconds(1));
}
