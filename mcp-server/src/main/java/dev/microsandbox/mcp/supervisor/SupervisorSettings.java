package dev.microsandbox.mcp.supervisor;

import java.time.Duration;

/**
 * How long the front waits for workers.
 *
 * @param start for one to serve requests, including for an earlier one to end
 * @param idle before one that has nothing to do is ended
 * @param silence before one that does not answer is killed
 * @param stop for one to suspend its computers and end, before it is killed
 * @param mostBackOff the longest pause before one that keeps ending is started again
 * @param bytes what the memory of one counts as
 */
public record SupervisorSettings(
        Duration start,
        Duration idle,
        Duration silence,
        Duration stop,
        Duration mostBackOff,
        long bytes) {

    public static final SupervisorSettings DEFAULT =
            new SupervisorSettings(
                    Duration.ofMinutes(2),
                    Duration.ofMinutes(5),
                    Duration.ofSeconds(30),
                    Duration.ofMinutes(1),
                    Duration.ofMinutes(1),
                    256L << 20);
}
