package dev.microsandbox.mcp.tools;

import dev.microsandbox.mcp.units.ByteSize;
import dev.microsandbox.vmm.Exit;
import dev.microsandbox.vmm.GuestException;
import dev.microsandbox.vmm.Sandbox;

/** Tells an agent that its processes were killed for want of memory. */
final class MemoryKills {

    private MemoryKills() {}

    /** Adds a hint if any process was. */
    static void reportTo(ToolReport report, Sandbox sandbox, Exit exit)
            throws InterruptedException {
        if (exit.memoryKills() > 0) {
            report.hint(
                    "%d processes were killed: memory limit%s. Work on less data at a time."
                            .formatted(exit.memoryKills(), limit(sandbox)));
        }
    }

    private static String limit(Sandbox sandbox) throws InterruptedException {
        try {
            return " " + ByteSize.inWords(sandbox.info().memoryLimit());
        } catch (GuestException e) {
            // The number would be nice to have; the call itself has its result.
            return "";
        }
    }
}
