package dev.microsandbox.vmm.host;

import java.time.Duration;

/**
 * What saving a sandbox took.
 *
 * @param open making the files
 * @param hold bringing the agent's protocol to rest: a round trip
 * @param take holding the machine
 * @param write waiting for the disk, while the machine ran
 * @param bytes that it takes on the disk
 */
public record CheckpointTimes(
        Duration open, Duration hold, Duration take, Duration write, long bytes) {

    public Duration total() {
        return open.plus(hold).plus(take).plus(write);
    }
}
