package dev.microsandbox.vmm.memory;

import dev.microsandbox.vmm.linux.OpenFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A process that uses every accessor of guest memory, first on a whole file and then on one that
 * somebody made shorter. Each time that must be an exception of this very access.
 */
final class FaultProcess {

    static final String SURVIVED = "survived";

    private static final long SIZE = 1 << 20;
    private static final long AT = 0x2_0000;

    private interface Access {
        void run() throws Exception;
    }

    private long sum;

    private FaultProcess() {}

    /**
     * Runs the accesses.
     *
     * @param arguments a directory, and how often to use each accessor before, so that it is
     *     compiled
     */
    public static void main(String[] arguments) throws Exception {
        new FaultProcess().run(Path.of(arguments[0]), Integer.parseInt(arguments[1]));
    }

    private void run(Path directory, int times) throws Exception {
        try (FileMemory memory = FileMemory.create(directory.resolve("memory"), SIZE)) {
            Map<String, Access> accesses = accesses(memory.memory, directory);
            for (Map.Entry<String, Access> access : accesses.entrySet()) {
                boolean large = access.getKey().startsWith("large ");
                for (int i = 0; i < (large ? Math.min(times, 200) : times); i++) {
                    access.getValue().run();
                }
                memory.truncate(0);
                for (int i = 0; i < 3; i++) {
                    requireFault(access.getKey(), access.getValue());
                }
                memory.restore();
                access.getValue().run();
            }
            // Nothing is left that comes up later, in work for others.
            for (int i = 0; i < 100_000; i++) {
                sum += Runtime.getRuntime().maxMemory() % 7 + i;
            }
            System.out.println(SURVIVED + " " + accesses.size() + (sum == 1 ? " " : ""));
        }
    }

    private static void requireFault(String name, Access access) throws Exception {
        try {
            access.run();
        } catch (MemoryFaultException e) {
            return;
        }
        throw new IllegalStateException(name + " went on");
    }

    private Map<String, Access> accesses(GuestMemory memory, Path directory) throws Exception {
        Map<String, Access> all = new LinkedHashMap<>();
        all.put("u8", () -> sum += memory.u8(AT));
        all.put("u16", () -> sum += memory.u16(AT + 1));
        all.put("u32", () -> sum += memory.u32(AT + 1));
        all.put("u64", () -> sum += memory.u64(AT + 1));
        all.put("putU8", () -> memory.putU8(AT, 1));
        all.put("putU16", () -> memory.putU16(AT + 1, 1));
        all.put("putU32", () -> memory.putU32(AT + 1, 1));
        all.put("putU64", () -> memory.putU64(AT + 1, 1));
        all.put("u16Acquire", () -> sum += memory.u16Acquire(AT));
        all.put("putU16Release", () -> memory.putU16Release(AT, 1));
        byte[] bytes = new byte[1 << 16];
        for (int length : new int[] {1, 2, 7, 8, 15, 16, 31, 33, 63, 64, 65, 100, 255, 4096}) {
            GuestRange range = memory.range(AT + 3, length);
            all.put("copyTo " + length, () -> range.copyTo(0, bytes, 0, length));
            all.put("copyFrom " + length, () -> range.copyFrom(bytes, 0, length));
        }
        GuestRange large = memory.range(AT, bytes.length);
        all.put("large copyTo", () -> large.copyTo(0, bytes, 0, bytes.length));
        all.put("large copyFrom", () -> large.copyFrom(bytes));
        all.put("range.putU8", () -> large.putU8(7, 1));
        RingMemory rings = memory.rings();
        all.put("rings, read", () -> settled(rings, () -> sum += read(rings)));
        all.put(
                "rings, written",
                () ->
                        settled(
                                rings,
                                () -> {
                                    rings.putU32(AT, 1);
                                    rings.putU32(AT + 4, 2);
                                    rings.putU16Release(AT + 8, 3);
                                }));
        OpenFile other = OpenFile.create(directory.resolve("other"), 0600, SIZE);
        all.put("large read of a file", () -> sum += GuestRange.read(other, List.of(large), 0));
        all.put("large write of a file", () -> GuestRange.write(other, List.of(large), 0));
        all.put(
                "large checkpoint",
                () -> {
                    Path place = directory.resolve("checkpoint");
                    Files.deleteIfExists(place);
                    try (OpenFile to = OpenFile.create(place, 0600, SIZE)) {
                        memory.putU8(0, 1);
                        sum += memory.writeTo(to).chunks().size();
                    }
                });
        return all;
    }

    private static long read(RingMemory rings) {
        return rings.u16Acquire(AT) + rings.u16(AT + 2) + rings.u32(AT + 4) + rings.u64(AT + 8);
    }

    /** As a queue uses its rings. */
    private static void settled(RingMemory rings, Runnable work) {
        try {
            work.run();
            rings.settle();
        } catch (InternalError e) {
            throw rings.fault(e);
        }
    }
}
