package dev.microsandbox.vmm.kvmmachine;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The I/O ports. All devices here are made of single bytes, as the PC's first ones were: a wider
 * access is one to each of the bytes' ports, and where no device is, reads find ones. The last port
 * is followed by the first. Thread-safe if its devices are.
 */
final class PortBus {

    /**
     * A device's place.
     *
     * @param first its first port
     * @param count how many ports it has
     */
    record Range(int first, int count, PortDevice device) {}

    private static final int PORTS = 0x10000;
    private static final int NOBODY = 0xff;

    private final List<Range> ranges;

    PortBus(List<Range> ranges) {
        this.ranges = List.copyOf(ranges);
    }

    /**
     * The guest reads.
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
     * The guest writes.
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
