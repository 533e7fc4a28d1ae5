package dev.microsandbox.vmm.virtio;

import java.lang.foreign.MemorySegment;

/** Takes what a guest writes to its console. */
@FunctionalInterface
public interface ConsoleOutput {

    /**
     * Copies bytes. Must not block, because the guest's kernel spins until it returns.
     *
     * @param bytes a copy of what the guest wrote, valid during the call
     */
    void write(MemorySegment bytes);
}
