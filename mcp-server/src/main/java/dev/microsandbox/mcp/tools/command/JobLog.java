package dev.microsandbox.mcp.tools.command;

import dev.microsandbox.vmm.Job;

/**
 * A part of a job's log as text.
 *
 * @param job the state of the job when the log was read
 * @param text the text to show, which states gaps
 * @param next the offset of the first byte after this part
 */
record JobLog(Job job, String text, long next) {

    /** Whether the log has bytes beyond {@code next}. */
    boolean hasMore() {
        return next < job.logBytes();
    }
}
