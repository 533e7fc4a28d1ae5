package dev.microsandbox.vmm.snapshot;

import dev.microsandbox.vmm.kvm.CpuFeatures;
import dev.microsandbox.vmm.linux.Extent;
import dev.microsandbox.vmm.memory.ChunkSums;
import dev.microsandbox.vmm.memory.GuestLayout;
import dev.microsandbox.vmm.memory.MemoryImage;
import dev.microsandbox.vmm.memory.NextLayer;
import dev.microsandbox.vmm.state.StateReader;
import dev.microsandbox.vmm.state.StateWriter;
import dev.microsandbox.vmm.storage.Sha256;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The file {@code state} of a snapshot: {@link #MAGIC}, the format's version, the fields, and the
 * SHA-256 of everything before it. It contains all metadata of the memory files, so that snapshots
 * can share those files unchanged.
 *
 * @param requirements what the snapshot depends on
 * @param memoryBytes size of the memory, and of each memory file
 * @param layers the memory files; the one with all of the memory comes first
 */
record SnapshotFile(
        Requirements requirements, long memoryBytes, List<Layer> layers, MachineState state) {

    static final String NAME = "state";

    /**
     * Version of the format, including everything that the parts of a machine write. No other
     * version is read: snapshots are made again after the program has changed.
     */
    static final int VERSION = 2;

    static final byte[] MAGIC = "MSBSNAP\n".getBytes(StandardCharsets.US_ASCII);

    /**
     * The largest file. It is ample for the state of 8 vCPUs and the checksums of 1 TiB in some
     * files.
     */
    static final int MOST_BYTES = 64 << 20;

    private static final int DIGEST_BYTES = 32;
    private static final long MOST_MEMORY = 1L << 40;
    private static final int MOST_VCPUS = 8;

    SnapshotFile {
        layers = List.copyOf(layers);
    }

    /**
     * The metadata of a memory file.
     *
     * @param changes the ranges of the memory that it holds; empty for the first file, which holds
     *     all
     * @param sums checksums of the file
     */
    record Layer(List<Extent> changes, ChunkSums sums) {

        Layer {
            changes = List.copyOf(changes);
        }

        /** The metadata of a file that was just written. */
        static Layer of(NextLayer written, ChunkSums sums) {
            return new Layer(written.kept() == 0 ? List.of() : written.extents(), sums);
        }

        /** The ranges of the file that belong to the layer. */
        List<Extent> extents(int index, long memoryBytes) {
            return index == 0 ? sums.extents(memoryBytes) : changes;
        }
    }

    /** The name of a memory file. */
    static String memoryName(int index) {
        return "memory." + index;
    }

    /** The ranges of a memory file that belong to its layer. */
    List<Extent> extents(int index) {
        return layers.get(index).extents(index, memoryBytes);
    }

    byte[] encode() {
        StateWriter to = new StateWriter();
        to.raw(MAGIC);
        to.u32(VERSION);
        to.text(requirements.kernelSha256());
        to.text(requirements.rootfsSha256());
        to.list(
                List.copyOf(requirements.features().words().entrySet()),
                word -> {
                    to.text(word.getKey());
                    to.u32(word.getValue());
                });
        to.u64(memoryBytes);
        to.list(layers, layer -> write(layer, to));
        state.write(to);
        to.raw(sha256(ByteBuffer.wrap(to.toBytes())));
        return to.toBytes();
    }

    private static void write(Layer layer, StateWriter to) {
        to.list(
                layer.changes(),
                extent -> {
                    to.u64(extent.offset());
                    to.u64(extent.length());
                });
        to.list(
                layer.sums().chunks(),
                chunk -> {
                    to.u32(chunk.index());
                    to.u32(chunk.crc());
                });
    }

    /**
     * Reads what {@link #encode} wrote.
     *
     * @throws IllegalArgumentException if the bytes are anything else; the message is a readable
     *     clause
     */
    static SnapshotFile decode(byte[] bytes) {
        ByteBuffer all = ByteBuffer.wrap(bytes);
        int begin = MAGIC.length + Integer.BYTES;
        if (bytes.length < begin + DIGEST_BYTES
                || !Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw new IllegalArgumentException("its file 'state' is none; delete it");
        }
        int version = all.getInt(MAGIC.length);
        if (version != VERSION) {
            throw new IllegalArgumentException(
                    "it has format %d and this program reads format %d; make a new one"
                            .formatted(version, VERSION));
        }
        int end = bytes.length - DIGEST_BYTES;
        byte[] digest = sha256(all.slice(0, end));
        if (!Arrays.equals(digest, 0, DIGEST_BYTES, bytes, end, bytes.length)) {
            throw new IllegalArgumentException(
                    "its file 'state' is damaged (its checksum is wrong); delete it");
        }
        try {
            StateReader from = new StateReader(all.slice(begin, end - begin));
            SnapshotFile file = read(from);
            from.end();
            file.check();
            return file;
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "its file 'state' makes no sense (" + e.getMessage() + "); delete it", e);
        }
    }

    private static SnapshotFile read(StateReader from) {
        String kernel = from.text();
        String rootfs = from.text();
        Map<String, Integer> words = new LinkedHashMap<>();
        from.list(2 * Integer.BYTES, () -> Map.entry(from.text(), from.u32()))
                .forEach(word -> words.put(word.getKey(), word.getValue()));
        return new SnapshotFile(
                new Requirements(new CpuFeatures(words), kernel, rootfs),
                from.u64(),
                from.list(2 * Integer.BYTES, () -> layer(from)),
                MachineState.read(from));
    }

    private static Layer layer(StateReader from) {
        return new Layer(
                from.list(2 * Long.BYTES, () -> new Extent(from.u64(), from.u64())),
                new ChunkSums(
                        from.list(
                                2 * Integer.BYTES,
                                () -> new ChunkSums.Chunk(from.u32(), from.u32()))));
    }

    private void check() {
        if (memoryBytes <= 0 || memoryBytes > MOST_MEMORY || !isWholePages(memoryBytes)) {
            throw new IllegalArgumentException("a memory of " + memoryBytes + " bytes");
        }
        if (state.vcpus().isEmpty() || state.vcpus().size() > MOST_VCPUS) {
            throw new IllegalArgumentException(state.vcpus().size() + " vCPUs");
        }
        if (layers.isEmpty() || layers.size() > MemoryImage.MOST_LAYERS) {
            throw new IllegalArgumentException(layers.size() + " files of memory");
        }
        if (!layers.getFirst().changes().isEmpty()) {
            throw new IllegalArgumentException("the first file of memory has changes");
        }
        for (Layer layer : layers) {
            check(layer.changes());
            layer.sums().check(memoryBytes);
        }
        // Each piece is a mapping, and a process can have only a limited number.
        int pieces = MemoryImage.pieceCount(layers.stream().skip(1).map(Layer::changes).toList());
        if (pieces > MemoryImage.MOST_PIECES) {
            throw new IllegalArgumentException("a memory of " + pieces + " pieces");
        }
    }

    private void check(List<Extent> changes) {
        if (changes.size() > MemoryImage.MOST_PIECES) {
            throw new IllegalArgumentException(changes.size() + " changes of the memory");
        }
        long end = 0;
        for (Extent extent : changes) {
            if (extent.offset() < end
                    || extent.length() <= 0
                    || extent.length() > memoryBytes - extent.offset()
                    || !isWholePages(extent.offset())
                    || !isWholePages(extent.length())) {
                throw new IllegalArgumentException("a change of the memory at " + extent);
            }
            end = extent.end();
        }
    }

    private static boolean isWholePages(long bytes) {
        return bytes % GuestLayout.PAGE_SIZE == 0;
    }

    private static byte[] sha256(ByteBuffer bytes) {
        MessageDigest digest = Sha256.create();
        digest.update(bytes);
        return digest.digest();
    }
}
