package dev.microsandbox.vmm;

/** Receives reports of what a long operation is doing, on the thread that does it. */
@FunctionalInterface
public interface Progress {

    /**
     * Receives one report.
     *
     * @param line a line of text for the user, without a line break
     */
    void report(String line);
}
