package dev.microsandbox.mcp.server;

import java.time.Duration;

/** Work that is repeated for as long as the process lives. */
final class Periodic {

    private Periodic() {}

    /**
     * Starts a thread that does the work again and again, the first time after the pause.
     *
     * @param pause between the end of the work and its next beginning
     */
    static void start(String name, Duration pause, Runnable work) {
        Thread.ofVirtual().name(name).start(() -> repeat(pause, work));
    }

    private static void repeat(Duration pause, Runnable work) {
        try {
            while (true) {
                Thread.sleep(pause);
                work.run();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
