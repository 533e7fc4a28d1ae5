package dev.microsandbox.vmm.virtio;

import dev.microsandbox.vmm.linux.Errno;
import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.memory.GuestRange;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A disk: virtio 1.2, section 5.2. Each request moves its data between the file and guest memory
 * with one positioned system call, on the machine's I/O thread.
 */
public final class Block extends VirtioDevice {

    /** Two descriptors of a request hold its header and its status; the others can hold data. */
    private static final int QUEUE_SIZE = 256;

    private static final int MOST_SEGMENTS = QUEUE_SIZE - 2;

    /** The most requests to serve before other devices get their turn. */
    private static final int MOST_REQUESTS = 16;

    private static final int MOST_RANGES = 16;

    /** The largest range: 1 GiB, so that one request does not occupy the host's disk for long. */
    private static final int MOST_RANGE_SECTORS = 1 << 21;

    private final BlockFile disk;
    private final byte[] serial;
    private final Consumer<String> hostErrors;

    /**
     * The error numbers that were reported. Each is reported once, because a guest can cause any
     * number of errors.
     */
    private final Set<Integer> reported = new HashSet<>();

    private @Nullable Virtqueue requests;

    /**
     * @param disk closed by the caller, after the machine's end
     * @param serial by which the guest tells disks apart: at most 20 ASCII characters
     * @param hostErrors takes a message when the host cannot read or write the file; the guest
     *     learns only that the request failed
     */
    public Block(BlockFile disk, String serial, Consumer<String> hostErrors) {
        this.disk = disk;
        this.serial = serial.getBytes(StandardCharsets.US_ASCII);
        this.hostErrors = hostErrors;
    }

    @Override
    protected int type() {
        return DeviceType.BLOCK;
    }

    @Override
    protected long features() {
        long common = BlockProtocol.SEG_MAX | BlockProtocol.BLOCK_SIZE;
        return disk.isReadOnly()
                ? common | BlockProtocol.READ_ONLY
                : common | BlockProtocol.FLUSH | BlockProtocol.DISCARD | BlockProtocol.WRITE_ZEROES;
    }

    @Override
    protected int[] queueSizes() {
        return new int[] {QUEUE_SIZE};
    }

    @Override
    protected byte[] config() {
        ByteBuffer config =
                ByteBuffer.allocate(BlockProtocol.CONFIG_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        config.putLong(BlockProtocol.CONFIG_CAPACITY, disk.sectors());
        config.putInt(BlockProtocol.CONFIG_SEG_MAX, MOST_SEGMENTS);
        config.putInt(BlockProtocol.CONFIG_BLOCK_SIZE, BlockFile.SECTOR_BYTES);
        if (!disk.isReadOnly()) {
            config.putInt(BlockProtocol.CONFIG_MAX_DISCARD_SECTORS, MOST_RANGE_SECTORS);
            config.putInt(BlockProtocol.CONFIG_MAX_DISCARD_SEGMENTS, MOST_RANGES);
            config.putInt(BlockProtocol.CONFIG_DISCARD_ALIGNMENT, 1);
            config.putInt(BlockProtocol.CONFIG_MAX_WRITE_ZEROES_SECTORS, MOST_RANGE_SECTORS);
            config.putInt(BlockProtocol.CONFIG_MAX_WRITE_ZEROES_SEGMENTS, MOST_RANGES);
            config.put(BlockProtocol.CONFIG_WRITE_ZEROES_MAY_UNMAP, (byte) 1);
        }
        return config.array();
    }

    @Override
    protected void activate(Activation activation) {
        requests = activation.queues().getFirst();
    }

    @Override
    protected void reset() {
        requests = null;
    }

    @Override
    protected boolean notified(int queue) {
        Virtqueue from = requests;
        if (from == null) {
            return false;
        }
        for (int i = 0; i < MOST_REQUESTS; i++) {
            DescriptorChain chain = from.poll();
            if (chain == null) {
                return false;
            }
            from.complete(chain, serve(chain));
            // Signals after each request, so that a completed request does not wait for the next
            // one. A driver that is still handling earlier completions suppresses the interrupt.
            from.signal();
        }
        return true;
    }

    /**
     * Carries out a request.
     *
     * @return how many bytes of its writable buffers were written
     */
    private long serve(DescriptorChain chain) {
        if (chain.writableBytes() < 1) {
            return 0; // The request has no room for a status.
        }
        long dataBytes = chain.writableBytes() - 1;
        GuestRange status = Buffers.slice(chain.writable(), dataBytes, 1).getFirst();
        if (chain.readableBytes() < BlockProtocol.HEADER_BYTES) {
            return finish(status, BlockProtocol.IO_ERROR, 0);
        }
        ByteBuffer header =
                ByteBuffer.wrap(Buffers.copy(chain.readable(), BlockProtocol.HEADER_BYTES))
                        .order(ByteOrder.LITTLE_ENDIAN);
        int type = header.getInt(BlockProtocol.HEADER_TYPE);
        long sector = header.getLong(BlockProtocol.HEADER_SECTOR);
        try {
            return switch (type) {
                case BlockProtocol.IN ->
                        read(Buffers.slice(chain.writable(), 0, dataBytes), sector, dataBytes)
                                ? finish(status, BlockProtocol.OK, dataBytes)
                                : finish(status, BlockProtocol.IO_ERROR, 0);
                case BlockProtocol.OUT -> finish(status, write(payload(chain), sector), 0);
                case BlockProtocol.FLUSH_REQUEST -> {
                    if (!disk.isReadOnly()) {
                        disk.file().syncData();
                    }
                    yield finish(status, BlockProtocol.OK, 0);
                }
                case BlockProtocol.GET_ID -> {
                    byte[] id = java.util.Arrays.copyOf(serial, BlockProtocol.ID_BYTES);
                    int room = (int) Math.min(dataBytes, id.length);
                    yield finish(
                            status, BlockProtocol.OK, Buffers.fill(chain.writable(), id, 0, room));
                }
                case BlockProtocol.DISCARD_REQUEST, BlockProtocol.WRITE_ZEROES_REQUEST ->
                        finish(status, clear(type, payload(chain)), 0);
                default -> finish(status, BlockProtocol.UNSUPPORTED, 0);
            };
        } catch (LinuxException e) {
            reportOnce(e);
            return finish(status, BlockProtocol.IO_ERROR, 0);
        }
    }

    private static long finish(GuestRange status, int code, long dataBytes) {
        status.putU8(0, code);
        return dataBytes + 1;
    }

    /** The readable buffers after the header. */
    private static List<GuestRange> payload(DescriptorChain chain) {
        return Buffers.slice(
                chain.readable(),
                BlockProtocol.HEADER_BYTES,
                chain.readableBytes() - BlockProtocol.HEADER_BYTES);
    }

    private boolean isWithinDisk(long sector, long bytes) {
        return bytes % BlockFile.SECTOR_BYTES == 0
                && disk.contains(sector, bytes / BlockFile.SECTOR_BYTES);
    }

    private boolean read(List<GuestRange> into, long sector, long bytes) throws LinuxException {
        // Reads less if the file has become shorter.
        return isWithinDisk(sector, bytes)
                && GuestRange.read(disk.file(), into, sector * BlockFile.SECTOR_BYTES) == bytes;
    }

    private int write(List<GuestRange> from, long sector) throws LinuxException {
        long bytes = from.stream().mapToLong(GuestRange::byteSize).sum();
        if (disk.isReadOnly() || !isWithinDisk(sector, bytes)) {
            return BlockProtocol.IO_ERROR;
        }
        GuestRange.write(disk.file(), from, sector * BlockFile.SECTOR_BYTES);
        return BlockProtocol.OK;
    }

    private int clear(int type, List<GuestRange> payload) throws LinuxException {
        if (disk.isReadOnly()) {
            return BlockProtocol.UNSUPPORTED;
        }
        long bytes = payload.stream().mapToLong(GuestRange::byteSize).sum();
        if (bytes % BlockProtocol.RANGE_BYTES != 0
                || bytes > (long) MOST_RANGES * BlockProtocol.RANGE_BYTES) {
            return BlockProtocol.IO_ERROR;
        }
        ByteBuffer ranges =
                ByteBuffer.wrap(Buffers.copy(payload, (int) bytes)).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < bytes; at += BlockProtocol.RANGE_BYTES) {
            long sector = ranges.getLong(at + BlockProtocol.RANGE_SECTOR);
            long count = ranges.getInt(at + BlockProtocol.RANGE_COUNT) & 0xffff_ffffL;
            int flags = ranges.getInt(at + BlockProtocol.RANGE_FLAGS);
            boolean zeroing = type == BlockProtocol.WRITE_ZEROES_REQUEST;
            if ((flags & ~(zeroing ? BlockProtocol.RANGE_FLAG_UNMAP : 0)) != 0) {
                return BlockProtocol.UNSUPPORTED;
            }
            if (count > MOST_RANGE_SECTORS || !disk.contains(sector, count)) {
                return BlockProtocol.IO_ERROR;
            }
            if (count > 0) {
                long offset = sector * BlockFile.SECTOR_BYTES;
                long length = count * BlockFile.SECTOR_BYTES;
                if (zeroing && flags == 0) {
                    disk.file().zeroRange(offset, length);
                } else {
                    disk.file().punchHole(offset, length);
                }
            }
        }
        return BlockProtocol.OK;
    }

    private void reportOnce(LinuxException trouble) {
        if (reported.add(trouble.errno())) {
            boolean full = trouble.errno() == Errno.ENOSPC || trouble.errno() == Errno.EDQUOT;
            hostErrors.accept(
                    full
                            ? "The host's disk is full: " + trouble.getMessage()
                            : "The host's disk fails: " + trouble.getMessage());
        }
    }
}
