package dev.microsandbox.vmm.agent;

import java.time.Clock;
import java.time.InstantSource;
import java.util.UUID;

/**
 * Who a restored machine is from now on.
 *
 * @param hostName its host name; empty to keep the one that it has
 * @param machineId what {@code /etc/machine-id} is to say
 * @param clock gives the time that its clock is set to, read when that is sent
 */
public record RenewRequest(String hostName, UUID machineId, InstantSource clock) {

    /** A machine that has not been before, in our time. */
    public static RenewRequest of(String hostName) {
        return new RenewRequest(hostName, UUID.randomUUID(), Clock.systemUTC());
    }
}
