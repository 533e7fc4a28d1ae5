package dev.microsandbox.mcp.session.limits;

/**
 * Limits on what one namespace may use. A maximum value means that only the server's totals count.
 *
 * @param sandboxes sandboxes that run or start at once
 * @param cpus virtual CPUs of its sandboxes together
 * @param memoryBytes memory of its sandboxes together, in bytes
 * @param diskBytes disk space of its checkpoints and suspended computers together, in bytes
 * @param callsPerMinute calls of tools
 */
public record Quota(int sandboxes, int cpus, long memoryBytes, long diskBytes, int callsPerMinute) {

    /** No limits but the server's totals. */
    public static final Quota NONE =
            new Quota(
                    Integer.MAX_VALUE,
                    Integer.MAX_VALUE,
                    Long.MAX_VALUE,
                    Long.MAX_VALUE,
                    Integer.MAX_VALUE);

    public Quota withSandboxes(int value) {
        return new Quota(value, cpus, memoryBytes, diskBytes, callsPerMinute);
    }

    public Quota withCpus(int value) {
        return new Quota(sandboxes, value, memoryBytes, diskBytes, callsPerMinute);
    }

    public Quota withMemoryBytes(long value) {
        return new Quota(sandboxes, cpus, value, diskBytes, callsPerMinute);
    }

    public Quota withDiskBytes(long value) {
        return new Quota(sandboxes, cpus, memoryBytes, value, callsPerMinute);
    }

    public Quota withCallsPerMinute(int value) {
        return new Quota(sandboxes, cpus, memoryBytes, diskBytes, value);
    }

    /** Whether the disk space is limited. */
    public boolean limitsDisk() {
        return diskBytes != Long.MAX_VALUE;
    }

    /** Whether the number of calls is limited. */
    public boolean limitsCalls() {
        return callsPerMinute != Integer.MAX_VALUE;
    }
}
