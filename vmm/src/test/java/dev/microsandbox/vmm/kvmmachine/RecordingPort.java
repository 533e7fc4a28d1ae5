package dev.microsandbox.vmm.kvmmachine;

import java.util.ArrayList;
import java.util.List;

/** Ports that record writes, and whose reads return 1, 2, 3, … */
final class RecordingPort implements PortDevice {

    static final int FIRST = 0x500;

    private final List<String> writes = new ArrayList<>();
    private int next = 1;

    PortBus.Range range() {
        return new PortBus.Range(FIRST, 8, this);
    }

    @Override
    public synchronized int read(int offset) {
        return next++;
    }

    @Override
    public synchronized void write(int offset, int value) {
        writes.add("%d:%02x".formatted(offset, value));
    }

    /** The writes, each as "offset:value". */
    synchronized List<String> writes() {
        return List.copyOf(writes);
    }
}
