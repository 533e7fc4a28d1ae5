package dev.microsandbox.vmm.kvmmachine;

/**
 * How a machine ended.
 *
 * @param kind the cause
 * @param text readable text: one line, followed for a crash by the report
 */
record MachineEnd(Kind kind, String text) {

    enum Kind {
        /** {@link Machine#stop} was called. */
        STOPPED,
        /** The guest asked for a reset, which is how a guest powers off. */
        RESET,
        /** The guest did something after which the machine cannot continue, or the host failed. */
        CRASHED
    }

    static final MachineEnd STOPPED = new MachineEnd(Kind.STOPPED, "it was stopped");
    static final MachineEnd RESET = new MachineEnd(Kind.RESET, "the guest reset it");
}
