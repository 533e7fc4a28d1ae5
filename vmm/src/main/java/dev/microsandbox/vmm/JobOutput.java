package dev.microsandbox.vmm;

/**
 * A part of a job's output.
 *
 * @param job the job when the output was read
 * @param offset of the first byte in the job's log
 * @param bytes stdout and stderr in the order in which they were written
 */
public record JobOutput(Job job, long offset, byte[] bytes) {}
