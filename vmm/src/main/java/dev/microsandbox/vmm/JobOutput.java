package dev.microsandbox.vmm;

/**
 * A part of what a job printed.
 *
 * @param job the job as it was then
 * @param offset where in its log the bytes begin
 * @param bytes stdout and stderr in the order in which they were written
 */
public record JobOutput(Job job, long offset, byte[] bytes) {}
