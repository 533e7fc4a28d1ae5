package dev.microsandbox.vmm.machine;

/** Makes the platform threads of a machine: many, so that each is to be small. */
final class MachineThreads {

    /** HotSpot's own needs and a shallow stack of ours. */
    private static final long STACK_BYTES = 256 * 1024;

    private MachineThreads() {}

    /** A thread that is not started, and that does not keep the process alive. */
    static Thread create(String name, Runnable task) {
        return Thread.ofPlatform()
                .name(name)
                .daemon()
                .stackSize(STACK_BYTES)
                .inheritInheritableThreadLocals(false)
                .unstarted(task);
    }
}
