package dev.microsandbox.vmm.virtio;

import dev.microsandbox.vmm.memory.GuestRange;
import java.util.ArrayList;
import java.util.List;

/**
 * The buffers of one request: those that the device reads, then those that it writes. {@link
 * Virtqueue} copies and validates the descriptors when it takes the chain. The guest can still
 * change the content of the buffers.
 */
final class DescriptorChain {

    private final int head;
    private final List<GuestRange> readable = new ArrayList<>(4);
    private final List<GuestRange> writable = new ArrayList<>(4);
    private long readableBytes;
    private long writableBytes;

    DescriptorChain(int head) {
        this.head = head;
    }

    void addReadable(GuestRange buffer) {
        readable.add(buffer);
        readableBytes += buffer.byteSize();
    }

    void addWritable(GuestRange buffer) {
        writable.add(buffer);
        writableBytes += buffer.byteSize();
    }

    /** The index of the first descriptor, by which the driver identifies the chain. */
    int head() {
        return head;
    }

    List<GuestRange> readable() {
        return readable;
    }

    List<GuestRange> writable() {
        return writable;
    }

    long readableBytes() {
        return readableBytes;
    }

    long writableBytes() {
        return writableBytes;
    }
}
