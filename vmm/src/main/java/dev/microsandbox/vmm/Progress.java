package dev.microsandbox.vmm;

/** Hears what a long operation is doing. Called by the thread that does it. */
@FunctionalInterface
public interface Progress {

    /**
     * Takes news.
     *
     * @param line one line for a person, without a line break
     */
    void report(String line);
}
