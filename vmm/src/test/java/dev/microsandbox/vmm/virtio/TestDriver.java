package dev.microsandbox.vmm.virtio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.memory.GuestMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A driver that accesses guest memory and registers directly, and can misbehave. Its rings begin at
 * {@link #RINGS}. The memory from {@link #BUFFERS} on is for the test.
 */
final class TestDriver {

    static final long RINGS = 0x1_0000;
    static final long RING_BYTES = 0x4000;
    static final long BUFFERS = 0x10_0000;

    private static final int AVAIL = 0x2000;
    private static final int USED = 0x3000;

    final VirtioDevice device;
    final GuestMemory memory;
    final VirtioMmio window;
    final AtomicInteger interrupts = new AtomicInteger();
    final List<String> log = new ArrayList<>();
    final List<Ring> rings = new ArrayList<>();

    TestDriver(VirtioDevice device, GuestMemory memory) {
        this.device = device;
        this.memory = memory;
        this.window = new VirtioMmio(device, memory, interrupts::incrementAndGet, log::add);
    }

    /** Sets up the device correctly, with all features that it offers except for event indices. */
    TestDriver initialize() {
        return initialize(device.features() | TransportFeature.VERSION_1);
    }

    TestDriver initialize(long features) {
        negotiate(features);
        assertThat(status() & DeviceStatus.FEATURES_OK).isNotZero();
        int[] sizes = device.queueSizes();
        rings.clear();
        for (int queue = 0; queue < sizes.length; queue++) {
            Ring ring = new Ring(queue, Math.min(sizes[queue], 256), RINGS + queue * RING_BYTES);
            rings.add(ring);
            ring.place();
        }
        set(MmioRegister.STATUS, status() | DeviceStatus.DRIVER_OK);
        return this;
    }

    /** Performs the initialization up to FEATURES_OK. */
    void negotiate(long features) {
        set(MmioRegister.STATUS, 0);
        set(MmioRegister.STATUS, DeviceStatus.ACKNOWLEDGE);
        set(MmioRegister.STATUS, DeviceStatus.ACKNOWLEDGE | DeviceStatus.DRIVER);
        for (int half = 0; half < 2; half++) {
            set(MmioRegister.DRIVER_FEATURES_SELECT, half);
            set(MmioRegister.DRIVER_FEATURES, (int) (features >>> (32 * half)));
        }
        set(MmioRegister.STATUS, status() | DeviceStatus.FEATURES_OK);
    }

    int status() {
        return get(MmioRegister.STATUS);
    }

    int get(int register) {
        return (int) window.read(register, 4);
    }

    void set(int register, int value) {
        window.write(register, 4, value & 0xffff_ffffL);
    }

    boolean needsReset() {
        return (status() & DeviceStatus.NEEDS_RESET) != 0;
    }

    Ring ring(int queue) {
        return rings.get(queue);
    }

    /** One buffer of a request. */
    record Buffer(long address, long length, boolean isWritable) {

        static Buffer readable(long address, long length) {
            return new Buffer(address, length, false);
        }

        static Buffer writable(long address, long length) {
            return new Buffer(address, length, true);
        }
    }

    /** An entry of the used ring. */
    record Used(int head, int length) {}

    /** One queue. */
    final class Ring {

        final int queue;
        final int size;
        final long descriptors;
        final long available;
        final long used;
        private int nextDescriptor;
        private int availableIndex;
        private int usedSeen;

        Ring(int queue, int size, long at) {
            this.queue = queue;
            this.size = size;
            this.descriptors = at;
            this.available = at + AVAIL;
            this.used = at + USED;
        }

        private void place() {
            memory.slice(descriptors, RING_BYTES).fill((byte) 0);
            set(MmioRegister.QUEUE_SELECT, queue);
            set(MmioRegister.QUEUE_SIZE, size);
            set(MmioRegister.QUEUE_DESC_LOW, (int) descriptors);
            set(MmioRegister.QUEUE_DESC_HIGH, (int) (descriptors >>> 32));
            set(MmioRegister.QUEUE_AVAIL_LOW, (int) available);
            set(MmioRegister.QUEUE_AVAIL_HIGH, (int) (available >>> 32));
            set(MmioRegister.QUEUE_USED_LOW, (int) used);
            set(MmioRegister.QUEUE_USED_HIGH, (int) (used >>> 32));
            set(MmioRegister.QUEUE_READY, 1);
        }

        /** Writes a descriptor without checks. */
        void descriptor(int index, long address, long length, int flags, int next) {
            long at = descriptors + index * 16L;
            memory.putU64(at, address);
            memory.putU32(at + 8, (int) length);
            memory.putU16(at + 12, flags);
            memory.putU16(at + 14, next);
        }

        /** Makes a chain of buffers available without notifying the device. */
        int add(Buffer... buffers) {
            int head = nextDescriptor;
            for (int i = 0; i < buffers.length; i++) {
                int index = nextDescriptor;
                nextDescriptor = (nextDescriptor + 1) % size;
                int flags = (buffers[i].isWritable() ? 2 : 0) | (i < buffers.length - 1 ? 1 : 0);
                descriptor(index, buffers[i].address(), buffers[i].length(), flags, nextDescriptor);
            }
            offer(head);
            return head;
        }

        /** Adds a head to the available ring. */
        void offer(int head) {
            memory.putU16(available + 4 + 2L * (availableIndex % size), head);
            setAvailableIndex(availableIndex + 1);
        }

        void setAvailableIndex(int index) {
            availableIndex = index & 0xffff;
            memory.putU16Release(available + 2, availableIndex);
        }

        /**
         * Notifies the device, and again as long as the device asks to be called, up to a limit.
         */
        void kick() {
            int rounds = 0;
            while (window.notified(queue)) {
                assertThat(++rounds).as("rounds of work").isLessThan(10_000);
            }
        }

        /** The entries that were used since the last call. */
        List<Used> used() {
            List<Used> entries = new ArrayList<>();
            int index = memory.u16Acquire(used + 2);
            while (usedSeen != index) {
                long at = used + 4 + 8L * (usedSeen % size);
                entries.add(new Used(memory.u32(at), memory.u32(at + 4)));
                usedSeen = (usedSeen + 1) & 0xffff;
            }
            return entries;
        }

        /** Makes a request and notifies the device. */
        List<Used> request(Buffer... buffers) {
            add(buffers);
            kick();
            return used();
        }
    }
}
