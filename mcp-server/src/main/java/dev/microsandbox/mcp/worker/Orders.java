package dev.microsandbox.mcp.worker;

/** What a front can tell a worker to do. The methods return soon. */
public interface Orders {

    /** Takes settings that have changed, as text of a configuration file. */
    void configure(String yaml);

    /** Ends the sessions of a key that is no longer valid. */
    void keyEnded(String keyId);

    /**
     * Suspends all computers and ends the process.
     *
     * @param keepsUnused whether sessions that have had no computer are kept too
     */
    void stop(boolean keepsUnused);

    /** Does the same because the front is gone. */
    void frontGone();
}
