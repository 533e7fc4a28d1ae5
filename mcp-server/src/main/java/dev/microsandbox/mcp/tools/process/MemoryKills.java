package dev.microsandbox.mcp.tools.process;

import dev.microsandbox.mcp.tools.result.ErrorText;
import dev.microsandbox.mcp.tools.result.ToolReport;
import dev.microsandbox.mcp.units.ByteSize;
import dev.microsandbox.vmm.Exit;
import dev.microsandbox.vmm.GuestException;
import dev.microsandbox.vmm.MemoryVictim;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxInfo;

/** Tells an agent that the kernel killed its processes because memory ran out. */
public final class MemoryKills {

    /** The hint mentions files if they take more than this fraction (1/8) of the memory. */
    private static final int WORTH_NAMING = 8;

    private MemoryKills() {}

    /** Adds a hint if any process was killed. */
    public static void reportTo(ToolReport report, Sandbox sandbox, Exit exit)
            throws InterruptedException {
        if (exit.memoryKills() > 0) {
            report.hint(killed(exit) + limit(sandbox));
        }
    }

    private static String killed(Exit exit) {
        String last = who(exit.memoryVictim());
        if (exit.memoryKills() == 1) {
            return (last.isEmpty() ? "1 process" : last) + " was killed: memory limit";
        }
        return "%d processes were killed%s: memory limit"
                .formatted(exit.memoryKills(), last.isEmpty() ? "" : ", " + last + " last");
    }

    private static String who(MemoryVictim victim) {
        if (victim.name().isEmpty()) {
            return "";
        }
        return ErrorText.bounded(victim.name())
                + " (it had "
                + ByteSize.inWords(victim.bytes())
                + ")";
    }

    private static String limit(Sandbox sandbox) throws InterruptedException {
        String advice = ". Work on less data at a time";
        try {
            SandboxInfo info = sandbox.infoNow();
            String limit = " " + ByteSize.inWords(info.memoryLimit());
            if (info.diskUsed() > info.memoryLimit() / WORTH_NAMING) {
                return limit
                        + ", of which files take "
                        + ByteSize.inWords(info.diskUsed())
                        + " now"
                        + advice
                        + ", or remove files: the disk is in memory.";
            }
            return limit + advice + ".";
        } catch (GuestException e) {
            // The call has its result; only the numbers are missing from the hint.
            return advice + ".";
        }
    }
}
