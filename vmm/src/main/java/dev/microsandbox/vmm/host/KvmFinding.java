package dev.microsandbox.vmm.host;

/**
 * What {@link KvmProbe} found out about this host's KVM.
 *
 * @param text full sentences that say what was found and, if possible, what to do about it
 * @param kernelModeNanos measured time of an instruction in a guest's kernel mode, in nanoseconds;
 *     0 if no guest ran
 */
public record KvmFinding(State state, String text, double kernelModeNanos) {

    /** A finding about a KVM on which no guest ran. */
    public KvmFinding(State state, String text) {
        this(state, text, 0);
    }

    /** The state of the host's KVM. */
    public enum State {
        /** There is no device. */
        MISSING,
        /** This user may not open the device. */
        FORBIDDEN,
        /** Another hypervisor holds the processor's virtualization. */
        BUSY,
        /** The device exists but is not KVM's. */
        NOT_KVM,
        /** KVM has another version of the interface. */
        TOO_OLD,
        /** KVM has the right version of the interface, but lacks a capability that is needed. */
        LACKING,
        /** A virtual machine cannot be created, or does not run. */
        FAILING,
        /** Virtual machines run, with their kernel mode emulated: correct, and very slow. */
        EMULATED,
        /** Virtual machines run on the processor. */
        USABLE
    }

    /** Whether machines can run on this KVM at all. */
    public boolean canRun() {
        return state == State.EMULATED || state == State.USABLE;
    }
}
