package dev.microsandbox.vmm.agent;

import dev.microsandbox.vmm.SandboxConfig;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.UUID;

/**
 * Who a restored machine is from now on.
 *
 * @param hostName its host name; empty to keep the one that it has
 * @param machineId what {@code /etc/machine-id} is to say
 * @param clock gives the time that its clock is set to, read when that is sent
 * @param interpreterTimeout how long its interpreters may take to become ready
 */
public record RenewRequest(
        String hostName, UUID machineId, InstantSource clock, Duration interpreterTimeout) {

    /** A machine that has not been before, in our time. */
    public static RenewRequest of(SandboxConfig config) {
        return new RenewRequest(
                config.hostName(),
                UUID.randomUUID(),
                Clock.systemUTC(),
                Timeouts.of(config).interpreter());
    }
}
