package dev.microsandbox.vmm.host;

import java.time.Duration;

/**
 * What putting a sandbox back in place took.
 *
 * @param open opening and checking the checkpoint
 * @param hold bringing the agent's protocol to rest: a round trip
 * @param pause until the machine stood still
 * @param putBack setting memory and state, until the machine was let go on
 * @param renew until its agent had answered, with time, names and entropy of its own
 */
public record RestoreTimes(
        Duration open, Duration hold, Duration pause, Duration putBack, Duration renew) {

    public Duration total() {
        return open.plus(hold).plus(pause).plus(putBack).plus(renew);
    }
}
