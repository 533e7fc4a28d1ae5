package dev.microsandbox.vmm.virtio;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The buffers of one request: those that the device reads, then those that it writes. {@link
 * Virtqueue} copies and validates the descriptors when it takes the chain. The guest can still
 * change the content of the buffers.
 */
final class DescriptorChain {

    private final int head;
    private final List<MemorySegment> readable = new ArrayList<>(4);
    private final List<MemorySegment> writable = new ArrayList<>(4);
    private long readableBytes;
    private long writableBytes;

    DescriptorChain(int head) {
        this.head = head;
    }

    void addReadable(MemorySegment buffer) {
        readable.add(buffer);
        readableBytes += buffer.byteSize();
    }

    void addWritable(MemorySegment buffer) {
        writable.add(buffer);
        writableBytes += buffer.byteSize();
    }

    /** The index of the first descriptor, by which the driver identifies the chain. */
    int head() {
        return head;
    }

    List<MemorySegment> readable() {
        return readable;
    }

    List<MemorySegment> writable() {
        return writable;
    }

    long readableBytes() {
        return readableBytes;
    }

    long writableBytes() {
        return writableBytes;
    }
}
