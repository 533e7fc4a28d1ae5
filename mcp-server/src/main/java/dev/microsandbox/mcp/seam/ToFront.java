package dev.microsandbox.mcp.seam;

/**
 * A message from a worker to the front, which trusts nothing of it. Numbers are as the worker sent
 * them.
 */
public sealed interface ToFront {

    /**
     * The worker serves requests from now on.
     *
     * @param version of this protocol
     */
    record Ready(int version) implements ToFront {}

    /**
     * Asks for the resources of one sandbox. The answer is {@link ToWorker.Granted} or {@link
     * ToWorker.Refused}.
     *
     * @param id chosen by the worker; it names the grant until {@link Release}
     * @param forPool whether nobody has asked for the sandbox
     */
    record Reserve(int id, int cpus, long memoryBytes, boolean forPool) implements ToFront {}

    /** A sandbox of the pool now belongs to a session. */
    record Taken(int id) implements ToFront {}

    /** The resources of a grant are free again. */
    record Release(int id) implements ToFront {}

    /**
     * What the worker has.
     *
     * @param sessions open sessions
     * @param computers computers that are not asleep
     * @param requests requests that run, without event streams that the front holds
     */
    record State(int sessions, int computers, int requests) implements ToFront {

        /** Whether the worker could end and nobody would notice. */
        public boolean isIdle() {
            return computers == 0 && requests == 0;
        }
    }

    /** Answers {@link ToWorker.Ping}. */
    record Pong(int id) implements ToFront {}

    /**
     * Asks to be told when a key is no longer valid, by {@link ToWorker.KeyEnded}.
     *
     * @param keyId the id of a key of the worker's namespace
     */
    record Watch(String keyId) implements ToFront {}
}
