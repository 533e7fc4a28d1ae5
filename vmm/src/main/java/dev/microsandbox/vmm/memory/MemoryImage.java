package dev.microsandbox.vmm.memory;

import dev.microsandbox.vmm.linux.Extent;
import dev.microsandbox.vmm.linux.OpenFile;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * RAM as it once was, in files that must not change any more: one with all of it, and for an
 * incremental one a second with what has changed since. Both are as large as the RAM; an offset is
 * that in the RAM, without the MMIO gap. There are never more than two: what a third would have is
 * put into the second, so that a snapshot depends on one other at most.
 *
 * @param size in bytes
 * @param base what is outside of its extents is zeros
 * @param changes what is outside of its extents is the base's
 */
public record MemoryImage(long size, Layer base, @Nullable Layer changes) {

    /**
     * A file, and what counts of it.
     *
     * @param file open for reading; to stay open until the last machine has been made of it
     * @param extents whole pages, ascending and apart
     */
    public record Layer(OpenFile file, List<Extent> extents) {

        public Layer {
            extents = List.copyOf(extents);
        }
    }
}
