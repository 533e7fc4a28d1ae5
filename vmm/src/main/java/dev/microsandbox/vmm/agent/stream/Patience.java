package dev.microsandbox.vmm.agent.stream;

import java.time.Duration;

/**
 * How long the host waits for an agent. What the guest is told is for the guest's own use; these
 * times hold whatever its agent does.
 *
 * @param cancel how long it may take to confirm that a call is cancelled
 * @param grace by how much it may exceed a call's time-out: it interrupts the code, and kills it if
 *     that does not help
 * @param operation how long an operation without a time-out of its own may take; longer than an
 *     hour, the longest wait that such an operation may be asked for
 */
public record Patience(Duration cancel, Duration grace, Duration operation) {

    /**
     * An agent's signals to stop a call take 4.3 s, and an interpreter of a clone has up to a
     * minute to renew its random state before its code begins.
     */
    public static final Patience DEFAULT =
            new Patience(Duration.ofSeconds(30), Duration.ofSeconds(90), Duration.ofHours(2));
}
