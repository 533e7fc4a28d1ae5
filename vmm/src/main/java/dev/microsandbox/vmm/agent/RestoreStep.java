package dev.microsandbox.vmm.agent;

/** What putting a sandbox back has done, in this order. */
public enum RestoreStep {
    /** The files are open and checked. */
    OPENED,
    /** The agent's protocol is at rest. */
    HELD,
    /** The machine stands still. */
    PAUSED,
    /** It is what it was, and runs again. */
    PUT_BACK,
    /** Its agent has answered, with time, names and entropy of its own. */
    RENEWED
}
