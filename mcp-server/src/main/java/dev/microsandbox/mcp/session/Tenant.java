package dev.microsandbox.mcp.session;

import dev.microsandbox.mcp.session.disk.DiskAccount;
import dev.microsandbox.mcp.session.limits.CallRate;
import dev.microsandbox.mcp.session.limits.Denials;
import dev.microsandbox.mcp.session.limits.Quota;
import dev.microsandbox.mcp.session.limits.Terms;
import dev.microsandbox.mcp.session.supply.Account;
import dev.microsandbox.mcp.session.supply.SandboxSupply;
import java.nio.file.Path;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * What the sessions of one namespace share: its terms, and what they use of its quota.
 *
 * @param terms the terms in force, which may change
 * @param supply its sandboxes
 * @param disk its disk space
 * @param calls its calls
 */
record Tenant(Supplier<Terms> terms, SandboxSupply supply, DiskAccount disk, CallRate calls) {

    /**
     * @param terms the terms in force, which may change
     * @param server the supply of all namespaces
     * @param sessions the directory of all sessions
     * @param clock monotonic, in nanoseconds
     */
    static Tenant of(
            String namespace,
            Supplier<Terms> terms,
            SandboxSupply server,
            Path sessions,
            LongSupplier clock) {
        Supplier<Quota> quota = () -> terms.get().quota();
        Denials denials = new Denials(namespace, clock);
        return new Tenant(
                terms,
                server.of(new Account(quota, denials)),
                new DiskAccount(quota, denials, sessions, server::bytesOnDisk),
                new CallRate(quota, denials, clock));
    }
}
