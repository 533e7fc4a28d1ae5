package dev.microsandbox.vmm.host;

/**
 * What there is to be said about this host's KVM.
 *
 * @param text what was found and, where something can be done about it, what: whole sentences
 * @param kernelModeNanos what an instruction of a guest's kernel takes, measured; 0: no guest ran
 */
public record KvmFinding(State state, String text, double kernelModeNanos) {

    /** One of a KVM on which no guest ran. */
    public KvmFinding(State state, String text) {
        this(state, text, 0);
    }

    /** What was found. */
    public enum State {
        /** There is no device. */
        MISSING,
        /** This user may not open it. */
        FORBIDDEN,
        /** Something else has the processor's virtualization. */
        BUSY,
        /** There is something else of that name. */
        NOT_KVM,
        /** Another version of the interface. */
        TOO_OLD,
        /** The interface is right, but has not all that is needed. */
        LACKING,
        /** A virtual machine can be made, but does not run. */
        FAILING,
        /** Virtual machines run, with their kernel mode emulated: correct, and very slow. */
        EMULATED,
        /** Virtual machines run on the processor. */
        USABLE
    }

    /** Whether machines can run on it at all. */
    public boolean canRun() {
        return state == State.EMULATED || state == State.USABLE;
    }
}
