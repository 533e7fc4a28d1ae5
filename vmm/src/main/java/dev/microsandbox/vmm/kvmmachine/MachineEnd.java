package dev.microsandbox.vmm.kvmmachine;

/**
 * How a machine ended.
 *
 * @param kind who ended it
 * @param text for people: one line, and for a crash the report
 */
record MachineEnd(Kind kind, String text) {

    enum Kind {
        /** {@link Machine#stop} was called. */
        STOPPED,
        /** The guest asked for a reset, which is how a guest powers off. */
        RESET,
        /** The guest did something that the machine cannot go on after. */
        CRASHED
    }

    static final MachineEnd STOPPED = new MachineEnd(Kind.STOPPED, "it was stopped");
    static final MachineEnd RESET = new MachineEnd(Kind.RESET, "the guest reset it");
}
