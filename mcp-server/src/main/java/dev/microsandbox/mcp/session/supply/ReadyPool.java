package dev.microsandbox.mcp.session.supply;

/** Sandboxes that nobody uses yet, and that can be closed to make room. Thread-safe. */
public interface ReadyPool {

    /**
     * What they take.
     *
     * @param cpus virtual CPUs
     * @param memoryBytes memory in bytes
     */
    record Use(int cpus, long memoryBytes) {}

    /** The resources of the sandboxes in the pool, and of those that are making room. */
    Use use();

    /**
     * Closes one sandbox to make room and waits until its resources are released.
     *
     * @return false if the pool is empty
     */
    boolean evictOne() throws InterruptedException;
}
