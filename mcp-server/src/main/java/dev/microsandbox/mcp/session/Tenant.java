package dev.microsandbox.mcp.session;

import dev.microsandbox.mcp.session.disk.DiskAccount;
import dev.microsandbox.mcp.session.limits.CallRate;
import dev.microsandbox.mcp.session.limits.Denials;
import dev.microsandbox.mcp.session.limits.Quota;
import dev.microsandbox.mcp.session.supply.Account;
import dev.microsandbox.mcp.session.supply.SandboxSupply;
import dev.microsandbox.vmm.SandboxConfig;
import java.nio.file.Path;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * What the sessions of one namespace share: their kind of sandbox, and what they use of the
 * namespace's quota.
 *
 * @param config the configuration of the sandboxes of sessions that begin now
 * @param supply its sandboxes
 * @param disk its disk space
 * @param calls its calls
 */
record Tenant(
        Supplier<SandboxConfig> config, SandboxSupply supply, DiskAccount disk, CallRate calls) {

    /**
     * @param quota the limits in force, which may change
     * @param server the supply of all namespaces
     * @param sessions the directory of all sessions
     * @param clock monotonic, in nanoseconds
     */
    static Tenant of(
            String namespace,
            Supplier<SandboxConfig> config,
            Supplier<Quota> quota,
            SandboxSupply server,
            Path sessions,
            LongSupplier clock) {
        Denials denials = new Denials(namespace, clock);
        return new Tenant(
                config,
                server.of(new Account(quota, denials)),
                new DiskAccount(quota, denials, sessions, server::bytesOnDisk),
                new CallRate(quota, denials, clock));
    }
}
