package dev.microsandbox.mcp.tools.command;

import dev.microsandbox.vmm.Job;

/**
 * A part of a job's log, as text.
 *
 * @param job the job as it was when it was read
 * @param text what is to be shown, gaps told in it
 * @param next the offset of the first byte that follows
 */
record JobLog(Job job, String text, long next) {

    /** Whether the log has bytes beyond {@code next}. */
    boolean hasMore() {
        return next < job.logBytes();
    }
}
