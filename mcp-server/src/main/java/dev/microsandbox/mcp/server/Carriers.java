package dev.microsandbox.mcp.server;

/**
 * The carriers of virtual threads. A virtual thread keeps its carrier until it waits, so one that
 * computes for long, such as for a message of 50 MiB, keeps it for long. With a carrier for each
 * processor, which is the JVM's own choice, a few such requests would hold up all others. With more
 * carriers than processors, the kernel shares the processors among them.
 */
public final class Carriers {

    private static final String PROPERTY = "jdk.virtualThreadScheduler.parallelism";

    private static final int LEAST = 16;
    private static final int FOR_EACH_PROCESSOR = 4;

    private Carriers() {}

    /**
     * Chooses how many there are, unless the command line does. It counts only before the process
     * has started a virtual thread.
     */
    public static void choose() {
        if (System.getProperty(PROPERTY) == null) {
            int processors = Runtime.getRuntime().availableProcessors();
            System.setProperty(
                    PROPERTY, Integer.toString(Math.max(LEAST, FOR_EACH_PROCESSOR * processors)));
        }
    }
}
