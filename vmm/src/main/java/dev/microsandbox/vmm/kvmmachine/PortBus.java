package dev.microsandbox.vmm.kvmmachine;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The bus of I/O ports. All devices here have 8-bit registers, like those of the first PCs, so a
 * wider access is split into one access to each byte's port. Reads of a port without a device
 * return all ones. After the last port, addresses wrap around to the first. Thread-safe if its
 * devices are.
 */
final class PortBus {

    /**
     * A device and its ports.
     *
     * @param first the first port
     * @param count the number of ports
     */
    record Range(int first, int count, PortDevice device) {}

    private static final int PORTS = 0x10000;
    private static final int NOBODY = 0xff;

    private final List<Range> ranges;

    PortBus(List<Range> ranges) {
        this.ranges = List.copyOf(ranges);
    }

    /**
     * Returns what the guest reads.
     *
     * @param size in bytes: 1, 2 or 4
     */
    int read(int port, int size) {
        int value = 0;
        for (int i = 0; i < size; i++) {
            int at = (port + i) % PORTS;
            Range range = find(at);
            int one = range == null ? NOBODY : range.device().read(at - range.first());
            value |= (one & 0xff) << (8 * i);
        }
        return value;
    }

    /**
     * Handles a write by the guest.
     *
     * @param size in bytes: 1, 2 or 4
     */
    void write(int port, int size, int value) {
        for (int i = 0; i < size; i++) {
            int at = (port + i) % PORTS;
            Range range = find(at);
            if (range != null) {
                range.device().write(at - range.first(), value >>> (8 * i) & 0xff);
            }
        }
    }

    private @Nullable Range find(int port) {
        for (Range range : ranges) {
            if (port >= range.first() && port < range.first() + range.count()) {
                return range;
            }
        }
        return null;
    }
}
