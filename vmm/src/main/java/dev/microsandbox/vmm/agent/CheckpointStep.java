package dev.microsandbox.vmm.agent;

/** What saving a sandbox has done, in this order. */
public enum CheckpointStep {
    /** The files are open. */
    OPENED,
    /** The agent's protocol is at rest. */
    HELD,
    /** The machine is taken, and runs again. */
    TAKEN,
    /** It is on the disk. */
    WRITTEN
}
