package dev.microsandbox.vmm.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.microsandbox.vmm.linux.Extent;
import dev.microsandbox.vmm.linux.OpenFile;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Writes RAM to files, and creates RAM from them. */
@Timeout(60)
class MemoryImageTest {

    private static final long PAGE = GuestLayout.PAGE_SIZE;
    private static final long CHUNK = ChunkSums.CHUNK_BYTES;
    private static final long GIB = 1L << 30;

    /** 16 chunks and a part of one. */
    private static final long SIZE = 16 * CHUNK + 3 * PAGE;

    @TempDir Path directory;

    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable one : open.reversed()) {
            one.close();
        }
    }

    private <T extends AutoCloseable> T keep(T one) {
        open.add(one);
        return one;
    }

    private OpenFile file(String name, long size) throws Exception {
        return keep(OpenFile.create(directory.resolve(name), 0600, size));
    }

    private GuestMemory random() throws Exception {
        GuestMemory memory = keep(GuestMemory.allocate(SIZE));
        Random random = new Random(1);
        for (int i = 0; i < 300; i++) {
            memory.putU64(random.nextLong(SIZE / 8) * 8, random.nextLong());
        }
        memory.putU64(SIZE - 8, 7);
        return memory;
    }

    private MemoryImage save(GuestMemory memory, String name) throws Exception {
        OpenFile file = file(name, memory.size());
        ChunkSums sums = memory.writeTo(file);
        assertThat(sums.damage(file, memory.size())).isEmpty();
        return new MemoryImage(
                memory.size(), List.of(new MemoryImage.Layer(file, sums.extents(memory.size()))));
    }

    /** The changes over all files of the image. */
    private static List<Extent> changed(GuestMemory memory) throws Exception {
        int files = Objects.requireNonNull(memory.image()).layers().size();
        NextLayer next = memory.changes(files);
        assertThat(next.kept()).isEqualTo(files);
        return next.extents();
    }

    /** Writes the changes to another file. */
    private MemoryImage saveChanges(GuestMemory memory, String name) throws Exception {
        MemoryImage image = Objects.requireNonNull(memory.image());
        NextLayer next = memory.changes(image.layers().size());
        OpenFile file = file(name, memory.size());
        ChunkSums sums = memory.write(next, file);
        assertThat(sums.damage(file, memory.size())).isEmpty();
        List<MemoryImage.Layer> layers = new ArrayList<>(image.layers().subList(0, next.kept()));
        layers.add(new MemoryImage.Layer(file, next.extents()));
        return new MemoryImage(memory.size(), layers);
    }

    private static MemorySegment all(GuestMemory memory) {
        return memory.regions().getFirst().segment();
    }

    private static void assertSame(GuestMemory one, GuestMemory other) {
        assertThat(all(one).mismatch(all(other))).isEqualTo(-1);
    }

    @Test
    void aCopyIsTheSameAndItsPagesAreItsOwn() throws Exception {
        GuestMemory memory = random();
        MemoryImage image = save(memory, "memory");
        GuestMemory one = keep(GuestMemory.copyOf(image));
        GuestMemory other = keep(GuestMemory.copyOf(image));
        assertSame(one, memory);
        assertThat(changed(one)).isEmpty();
        one.putU64(5 * PAGE, 1);
        one.putU64(6 * PAGE, 2);
        one.putU64(100 * PAGE + 8, 3);
        // Reading does not make a page private.
        assertSame(other, memory);
        assertThat(changed(other)).isEmpty();
        assertThat(changed(one))
                .containsExactly(new Extent(5 * PAGE, 2 * PAGE), new Extent(100 * PAGE, PAGE));
        one.resetTo(image);
        assertThat(changed(one)).isEmpty();
        assertSame(one, memory);
        assertThat(one.image()).isSameAs(image);
        assertThat(memory.image()).isNull();
        assertThat(memory.changes(0)).isEqualTo(new NextLayer(0, List.of(new Extent(0, SIZE))));
    }

    @Test
    void theFirstAndTheLastPageAreFoundToo() throws Exception {
        GuestMemory copy = keep(GuestMemory.copyOf(save(random(), "memory")));
        copy.putU8(0, 1);
        copy.putU8(SIZE - 1, 1);
        assertThat(changed(copy))
                .containsExactly(new Extent(0, PAGE), new Extent(SIZE - PAGE, PAGE));
        for (long at = 0; at < SIZE; at += PAGE) {
            copy.putU8(at, 1);
        }
        assertThat(changed(copy)).containsExactly(new Extent(0, SIZE));
    }

    @Test
    void whatWasNeverWrittenAndZerosTakeNoSpace() throws Exception {
        GuestMemory memory = keep(GuestMemory.allocate(64 << 20));
        memory.putU64(8 << 20, 1);
        for (long at = 16 << 20; at < 32 << 20; at += PAGE) {
            memory.putU64(at, 1);
            memory.putU64(at, 0);
        }
        OpenFile file = file("memory", memory.size());
        ChunkSums sums = memory.writeTo(file);
        assertThat(sums.chunks()).hasSize(1);
        assertThat(file.size()).isEqualTo(64 << 20);
        assertThat(file.data()).containsExactly(new Extent(8 << 20, PAGE));
    }

    @Test
    void changesAreLaidOverTheBase() throws Exception {
        GuestMemory memory = random();
        MemoryImage image = save(memory, "base");
        GuestMemory copy = keep(GuestMemory.copyOf(image));
        Random random = new Random(2);
        for (int i = 0; i < 100; i++) {
            copy.putU64(random.nextLong(SIZE / 8) * 8, random.nextInt(2));
        }
        // A page of the base that becomes zeros.
        all(copy).asSlice(SIZE - PAGE, PAGE).fill((byte) 0);
        MemoryImage later = saveChanges(copy, "changes");

        GuestMemory second = keep(GuestMemory.copyOf(later));
        assertSame(second, copy);
        assertThat(changed(second)).isEmpty();
        second.putU64(0, 99);
        second.putU64(SIZE / 2, 99);
        GuestMemory third = keep(GuestMemory.copyOf(save(second, "whole")));
        assertSame(third, second);
        second.resetTo(later);
        assertSame(second, copy);
    }

    /**
     * Whatever the RAM was before, its addresses stay, and later writes are changes to the new
     * image.
     */
    @Test
    void ramBecomesAnyOtherImageInPlace() throws Exception {
        GuestMemory memory = random();
        MemoryImage first = save(memory, "first");
        GuestMemory copy = keep(GuestMemory.copyOf(first));
        copy.putU64(7 * PAGE, 7);
        copy.putU64(SIZE - PAGE, 8);
        MemoryImage changes = saveChanges(copy, "changes");
        GuestMemory other = keep(GuestMemory.allocate(SIZE));
        other.putU64(3 * PAGE, 3);
        MemoryImage second = save(other, "second");

        GuestMemory fresh = keep(GuestMemory.allocate(SIZE));
        MemorySegment before = all(fresh);
        fresh.putU64(9 * PAGE, 9);
        for (MemoryImage image : List.of(changes, second, first, changes, changes, second)) {
            fresh.resetTo(image);
            assertThat(fresh.image()).isSameAs(image);
            assertThat(all(fresh)).isEqualTo(before);
            assertSame(fresh, image.equals(second) ? other : image.equals(first) ? memory : copy);
            fresh.putU64(20 * PAGE, 1);
            fresh.discard(20 * PAGE, PAGE);
            assertSame(fresh, image.equals(second) ? other : image.equals(first) ? memory : copy);
            fresh.putU64(20 * PAGE, 1);
            assertThat(changed(fresh)).containsExactly(new Extent(20 * PAGE, PAGE));
        }
        MemoryImage small = save(keep(GuestMemory.allocate(PAGE)), "small");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> fresh.resetTo(small))
                .withMessage("an image of 4096 bytes, not " + SIZE);
    }

    @Test
    void scatteredChangesBecomeFewExtents() throws Exception {
        long size = 64 << 20;
        GuestMemory memory = keep(GuestMemory.allocate(size));
        memory.putU64(PAGE, 5);
        GuestMemory copy = keep(GuestMemory.copyOf(save(memory, "base")));
        for (long at = 0; at < size; at += 3 * PAGE) {
            copy.putU64(at, at);
        }
        MemoryImage later = saveChanges(copy, "changes");
        assertThat(later.pieces()).hasSizeLessThanOrEqualTo(MemoryImage.MOST_PIECES / 2);
        assertSame(keep(GuestMemory.copyOf(later)), copy);
    }

    /** Saved pages are not saved again, neither for fresh RAM nor for a copy. */
    @Test
    void ramThatHasSettledHasOnlyWhatIsWrittenNext() throws Exception {
        GuestMemory memory = random();
        MemorySegment before = all(memory);
        GuestMemory same = keep(GuestMemory.copyOf(save(memory, "same")));
        MemoryImage first = save(memory, "first");
        memory.rebaseOn(first);
        assertThat(all(memory)).isEqualTo(before);
        assertSame(memory, same);
        assertThat(memory.image()).isSameAs(first);
        assertThat(changed(memory)).isEmpty();
        List<GuestMemory> were = new ArrayList<>();
        List<MemoryImage> images = new ArrayList<>();
        Random random = new Random(6);
        for (int i = 0; i < 10; i++) {
            long page = 20L + random.nextInt(30);
            memory.putU64(page * PAGE, i);
            memory.putU64((page + 1) * PAGE, 0);
            assertThat(changed(memory)).containsExactly(new Extent(page * PAGE, 2 * PAGE));
            MemoryImage image = saveChanges(memory, "layer" + i);
            GuestMemory was = keep(GuestMemory.copyOf(save(memory, "all" + i)));
            memory.rebaseOn(image);
            assertSame(memory, was);
            assertThat(changed(memory)).isEmpty();
            assertSame(keep(GuestMemory.copyOf(image)), was);
            were.add(was);
            images.add(image);
        }
        // And back, in any order.
        for (int i = 0; i < 50; i++) {
            int to = random.nextInt(10);
            memory.putU64(random.nextLong(SIZE / 8) * 8, -1);
            memory.resetTo(images.get(to));
            assertSame(memory, were.get(to));
            memory.putU64(random.nextLong(SIZE / 8) * 8, -2);
            memory.resetTo(images.get(to));
            assertSame(memory, were.get(to));
        }
    }

    /** Files have no MMIO gap. */
    @Test
    void ramBehindTheGapIsSavedToo() throws Exception {
        GuestMemory memory = keep(GuestMemory.allocate(4 * GIB));
        memory.putU64(3 * GIB - 8, 1);
        memory.putU64(4 * GIB, 2);
        memory.putU64(5 * GIB - 8, 3);
        MemoryImage image = save(memory, "memory");
        GuestMemory copy = keep(GuestMemory.copyOf(image));
        assertThat(copy.regions()).hasSize(2);
        assertThat(copy.u64(3 * GIB - 8)).isEqualTo(1);
        assertThat(copy.u64(4 * GIB)).isEqualTo(2);
        assertThat(copy.u64(5 * GIB - 8)).isEqualTo(3);
        copy.putU64(4 * GIB, 4);
        assertThat(changed(copy)).containsExactly(new Extent(3 * GIB, PAGE));
        copy.resetTo(image);
        assertThat(copy.u64(4 * GIB)).isEqualTo(2);
    }

    @Test
    void anyChangeOfTheFileIsFound() throws Exception {
        GuestMemory memory = random();
        Path path = directory.resolve("memory");
        MemoryImage _ = save(memory, "memory");
        OpenFile file = keep(OpenFile.readOnly(path));
        ChunkSums sums = memory.writeTo(file("again", SIZE));
        assertThat(sums.damage(file, SIZE)).isEmpty();
        byte[] content = Files.readAllBytes(path);
        Random random = new Random(3);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            for (int i = 0; i < 100; i++) {
                int at = i == 0 ? 0 : i == 1 ? content.length - 1 : random.nextInt(content.length);
                channel.write(ByteBuffer.wrap(new byte[] {(byte) (content[at] ^ 1)}), at);
                assertThat(sums.damage(file, SIZE))
                        .as("byte %d", at)
                        .hasValueSatisfying(
                                text -> assertThat(text).contains("are not those that were"));
                channel.write(ByteBuffer.wrap(new byte[] {content[at]}), at);
            }
            assertThat(sums.damage(file, SIZE)).isEmpty();
            channel.truncate(SIZE - 1);
        }
        assertThat(sums.damage(file, SIZE))
                .hasValue("it has %d bytes and not %d".formatted(SIZE - 1, SIZE));
    }

    @Test
    void aByteWhereThereWereZerosIsFound() throws Exception {
        GuestMemory memory = keep(GuestMemory.allocate(SIZE));
        memory.putU8(0, 1);
        OpenFile file = file("memory", SIZE);
        ChunkSums sums = memory.writeTo(file);
        file.writeFully(List.of(all(memory).asSlice(0, 1)), 9 * CHUNK + 5);
        assertThat(sums.damage(file, SIZE)).isPresent();
    }

    @Test
    void sumsOfAnotherFileAreRefused() {
        for (int[] indices : new int[][] {{-1}, {17}, {3, 3}, {4, 2}, {Integer.MAX_VALUE}}) {
            List<ChunkSums.Chunk> chunks = new ArrayList<>();
            for (int index : indices) {
                chunks.add(new ChunkSums.Chunk(index, 0));
            }
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new ChunkSums(chunks).check(SIZE));
        }
        new ChunkSums(List.of(new ChunkSums.Chunk(0, 1), new ChunkSums.Chunk(16, 1))).check(SIZE);
    }

    @Test
    void extentsAreJoinedByTheSmallestGaps() {
        List<Extent> extents = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            extents.add(new Extent(10L * i * PAGE, PAGE));
        }
        extents.add(new Extent(92 * PAGE, PAGE));
        assertThat(Extents.atMost(11, extents)).isEqualTo(extents);
        assertThat(Extents.atMost(10, extents))
                .hasSize(10)
                .contains(new Extent(90 * PAGE, 3 * PAGE));
        assertThat(Extents.atMost(9, extents)).hasSize(9).startsWith(new Extent(0, 11 * PAGE));
        assertThat(Extents.atMost(1, extents)).containsExactly(new Extent(0, 93 * PAGE));
        assertThat(Extents.bytes(extents)).isEqualTo(11 * PAGE);
        assertThat(Extents.bytes(List.of())).isZero();
        assertThat(
                        Extents.union(
                                List.of(new Extent(0, 4), new Extent(10, 5)),
                                List.of(new Extent(2, 8), new Extent(20, 1))))
                .containsExactly(new Extent(0, 15), new Extent(20, 1));
        assertThat(Extents.union(List.of(), List.of())).isEmpty();
    }
}
