package dev.microsandbox.vmm;

/**
 * A process that the guest's kernel killed because memory ran out.
 *
 * @param name the name that the process gave itself, any text of at most 15 bytes; empty if unknown
 * @param bytes the memory that it used
 */
public record MemoryVictim(String name, long bytes) {

    /** No process was killed, or it is not known which. */
    public static final MemoryVictim UNKNOWN = new MemoryVictim("", 0);
}
