package dev.microsandbox.vmm.kvmmachine;

/**
 * Takes down when the start of a machine got how far. Some reads of the clock, so every machine has
 * one. Written by the thread that makes the machine, and by its vCPUs' threads.
 */
final class StartLog {

    private final long mapped = System.nanoTime();
    private volatile long vmMade;
    private volatile long assembled;
    private volatile long stateSet;
    private volatile long entered;

    void vmMade() {
        vmMade = System.nanoTime();
    }

    void assembled() {
        assembled = System.nanoTime();
    }

    void stateSet() {
        stateSet = System.nanoTime();
    }

    /** The first vCPU that comes counts; others may do so too at the same moment. */
    void entered() {
        if (entered == 0) {
            entered = System.nanoTime();
        }
    }

    StartTimes since(long begun) {
        return new StartTimes(begun, mapped, vmMade, assembled, stateSet, entered);
    }
}
