package dev.microsandbox.vmm.agent;

import dev.microsandbox.vmm.SandboxConfig;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.UUID;

/**
 * The identity that a restored machine gets.
 *
 * @param hostName its host name; empty to keep the current one
 * @param machineId the content of {@code /etc/machine-id}
 * @param clock the source of the time to which its clock is set; read when the request is sent
 * @param interpreterTimeout how long its interpreters may take to become ready
 */
public record RenewRequest(
        String hostName, UUID machineId, InstantSource clock, Duration interpreterTimeout) {

    /** A new machine id, with the host's time. */
    public static RenewRequest of(SandboxConfig config) {
        return new RenewRequest(
                config.hostName(),
                UUID.randomUUID(),
                Clock.systemUTC(),
                Timeouts.of(config).interpreter());
    }
}
