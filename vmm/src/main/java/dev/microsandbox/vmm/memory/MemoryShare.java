package dev.microsandbox.vmm.memory;

import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.linux.MappingBudget;
import org.jspecify.annotations.Nullable;

/** A machine's share of the process's mappings. For one thread at a time. */
final class MemoryShare implements AutoCloseable {

    /**
     * The mappings of a machine besides its RAM: what KVM shares for each of 8 vCPUs, and stacks
     * with their guard pages for their threads and that of the devices.
     */
    private static final int OTHERS = 40;

    private final MappingBudget.Share share;

    private MemoryShare(MappingBudget.Share share) {
        this.share = share;
    }

    /**
     * Takes the share of a machine.
     *
     * @param image that its RAM is a copy of; null if it is fresh
     * @throws LinuxException if there are not as many mappings left
     */
    static MemoryShare take(MappingBudget budget, @Nullable MemoryImage image)
            throws LinuxException {
        return new MemoryShare(budget.take(mappings(image)));
    }

    /** The most mappings that a machine takes. A part of another file splits one into three. */
    private static int mappings(@Nullable MemoryImage image) {
        return OTHERS + 1 + (image == null ? 0 : 2 * image.pieces().size());
    }

    /**
     * Takes what is needed while a number of further parts is mapped, if there is as much left.
     *
     * @param image that the RAM is a copy of now
     */
    boolean tryGrow(MemoryImage image, int parts) {
        return share.tryResize(mappings(image) + 2 * parts);
    }

    /**
     * Takes what is needed to go from one image to another.
     *
     * @throws LinuxException if there are not as many mappings left; the share is as before
     */
    void grow(@Nullable MemoryImage from, MemoryImage to) throws LinuxException {
        share.resize(Math.max(mappings(from), mappings(to)));
    }

    /** Gives back what is not needed any more. */
    void fit(MemoryImage image) throws LinuxException {
        share.resize(mappings(image));
    }

    @Override
    public void close() {
        share.close();
    }
}
