package dev.microsandbox.mcp.seam;

/** A message from the front to a worker, which trusts it. */
public sealed interface ToWorker {

    /**
     * The configuration in force, as text of a configuration file: first the worker's whole
     * configuration, later what has changed of its namespace.
     */
    record Configure(String yaml) implements ToWorker {}

    /** The resources of a request are the worker's. */
    record Granted(int id) implements ToWorker {}

    /** There is no room. What the server has, and what of it is in use, says why. */
    record Refused(
            int id, long sandboxes, long cpusInUse, long cpus, long memoryInUse, long memoryBytes)
            implements ToWorker {}

    /** Close one sandbox of the pool, because a session somewhere needs its room. */
    record Evict() implements ToWorker {}

    /** Asks for {@link ToFront.Pong}. */
    record Ping(int id) implements ToWorker {}

    /** A key that the worker watches is no longer valid. */
    record KeyEnded(String keyId) implements ToWorker {}

    /**
     * Suspend all computers and end.
     *
     * @param keepsUnused whether sessions that have had no computer are kept too
     */
    record Stop(boolean keepsUnused) implements ToWorker {}
}
