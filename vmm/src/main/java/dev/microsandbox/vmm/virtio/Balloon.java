package dev.microsandbox.vmm.virtio;

import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.memory.GuestAddressException;
import dev.microsandbox.vmm.memory.GuestLayout;
import dev.microsandbox.vmm.memory.GuestMemory;
import dev.microsandbox.vmm.memory.GuestRange;
import dev.microsandbox.vmm.state.StateReader;
import dev.microsandbox.vmm.state.StateWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The memory balloon: virtio 1.2, section 5.5. Pages that the guest puts into the balloon, or
 * reports as free, go back to the host. A guest that lies about that harms only itself: it finds
 * zeros where its data was, or the snapshot's content if its memory is a copy of one.
 */
public final class Balloon extends VirtioDevice {

    /** VIRTIO_BALLOON_F_REPORTING: the driver reports free pages unasked. */
    private static final long FEATURE_REPORTING = 1 << 5;

    private static final int INFLATE = 0;
    private static final int DEFLATE = 1;

    /**
     * The reporting queue has this index because the queues for statistics and hinting exist only
     * with their features (5.5.2).
     */
    private static final int REPORTING = 2;

    private static final int QUEUE_SIZE = 128;

    // Configuration space: struct virtio_balloon_config.
    private static final int CONFIG_BYTES = 8;
    private static final int CONFIG_ACTUAL = 4;

    /** The most page frame numbers in one request; Linux sends 256. */
    private static final int MOST_FRAMES = 1024;

    private static final int MOST_REQUESTS = 16;

    private final GuestMemory memory;
    private List<Virtqueue> queues = List.of();
    private @Nullable ConfigInterrupt configInterrupt;
    private int target;
    private int actual;

    /**
     * @param memory the guest's memory, of which the balloon frees pages
     */
    public Balloon(GuestMemory memory) {
        this.memory = memory;
    }

    /**
     * Asks the guest to give up memory, or to take some back.
     *
     * @param pages the total number of 4 KiB pages that the balloon should hold
     */
    public void setTarget(int pages) {
        lock.lock();
        try {
            target = pages;
            if (configInterrupt != null) {
                configInterrupt.configChanged();
            }
        } finally {
            lock.unlock();
        }
    }

    /** The number of 4 KiB pages in the balloon, according to the guest. */
    public int actual() {
        lock.lock();
        try {
            return actual;
        } finally {
            lock.unlock();
        }
    }

    @Override
    protected int type() {
        return DeviceType.BALLOON;
    }

    @Override
    protected long features() {
        return FEATURE_REPORTING;
    }

    @Override
    protected int[] queueSizes() {
        return new int[] {QUEUE_SIZE, QUEUE_SIZE, QUEUE_SIZE};
    }

    @Override
    protected byte[] config() {
        return littleEndian(new byte[CONFIG_BYTES])
                .putInt(0, target)
                .putInt(CONFIG_ACTUAL, actual)
                .array();
    }

    @Override
    protected void writeConfig(int offset, byte[] bytes) {
        byte[] config = config();
        System.arraycopy(bytes, 0, config, offset, bytes.length);
        actual = littleEndian(config).getInt(CONFIG_ACTUAL);
    }

    @Override
    protected void activate(Activation activation) {
        queues = activation.queues();
        configInterrupt = activation.configInterrupt();
    }

    @Override
    protected DeviceState save() {
        return new BalloonState(target, actual);
    }

    @Override
    protected void restore(DeviceState state) {
        if (!(state instanceof BalloonState(int savedTarget, int savedActual))) {
            throw new IllegalArgumentException("a balloon does not remember " + state);
        }
        target = savedTarget;
        actual = savedActual;
    }

    /**
     * The saved state of a balloon.
     *
     * @param target the number of pages that the guest is asked for
     * @param actual the number of pages that the guest says the balloon holds
     */
    public record BalloonState(int target, int actual) implements DeviceState {

        static final int KIND = 2;

        @Override
        public void write(StateWriter to) {
            to.u8(KIND);
            to.u32(target);
            to.u32(actual);
        }

        static BalloonState read(StateReader from) {
            return new BalloonState(from.u32(), from.u32());
        }
    }

    @Override
    protected boolean notified(int queue) {
        return !queues.isEmpty()
                && queues.get(queue).serve(MOST_REQUESTS, chain -> serve(queue, chain));
    }

    /** Serves one request. Returns 0, because a balloon writes nothing to the guest. */
    private long serve(int queue, DescriptorChain chain) {
        switch (queue) {
            case INFLATE -> discardFrames(chain);
            case REPORTING -> chain.writable().forEach(this::discard);
            case DEFLATE -> {
                // The guest touches the pages that it takes back. That alone allocates them.
            }
            default -> throw new IllegalStateException("there is no queue " + queue);
        }
        return 0;
    }

    /** Discards the pages that a request lists. Joins adjacent pages into one range. */
    private void discardFrames(DescriptorChain chain) {
        int count = (int) Math.min(chain.readableBytes() / Integer.BYTES, MOST_FRAMES);
        ByteBuffer frames = littleEndian(Buffers.copy(chain.readable(), count * Integer.BYTES));
        long start = 0;
        long length = 0;
        for (int i = 0; i < count; i++) {
            long page = Integer.toUnsignedLong(frames.getInt()) * GuestLayout.PAGE_SIZE;
            if (length > 0 && page == start + length) {
                length += GuestLayout.PAGE_SIZE;
            } else if (length > 0 && page == start - GuestLayout.PAGE_SIZE) {
                start = page;
                length += GuestLayout.PAGE_SIZE;
            } else {
                discard(start, length);
                start = page;
                length = GuestLayout.PAGE_SIZE;
            }
        }
        discard(start, length);
    }

    /** Discards a reported free range. The driver passes it as a device-writable buffer. */
    private void discard(GuestRange reported) {
        try {
            memory.discard(reported);
        } catch (LinuxException e) {
            // The host refuses, which only costs the memory that this would have saved.
        }
    }

    private void discard(long guestAddress, long length) {
        try {
            memory.discard(guestAddress, length);
        } catch (GuestAddressException | LinuxException e) {
            // The range is not RAM, so there is nothing to give back; or the host refuses, which
            // only costs the memory that this would have saved.
        }
    }

    private static ByteBuffer littleEndian(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    protected void reset() {
        queues = List.of();
        configInterrupt = null;
        actual = 0;
    }
}
