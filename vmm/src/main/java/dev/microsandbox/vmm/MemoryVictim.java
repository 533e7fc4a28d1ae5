package dev.microsandbox.vmm;

/**
 * A process that the guest's kernel killed for want of memory.
 *
 * @param name as the process called itself, anything of at most 15 bytes; empty if it is not known
 * @param bytes memory that it had
 */
public record MemoryVictim(String name, long bytes) {

    /** Nobody was killed, or it is not known who. */
    public static final MemoryVictim UNKNOWN = new MemoryVictim("", 0);
}
