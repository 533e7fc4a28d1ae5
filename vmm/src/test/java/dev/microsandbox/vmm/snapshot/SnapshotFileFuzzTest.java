package dev.microsandbox.vmm.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.microsandbox.vmm.SeededCases;
import dev.microsandbox.vmm.linux.Extent;
import dev.microsandbox.vmm.memory.ChunkSums;
import dev.microsandbox.vmm.memory.MemoryImage;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/**
 * Whatever a file contains, it is read or refused, and reading allocates no more than the file's
 * size.
 */
class SnapshotFileFuzzTest {

    private static final int DIGEST_BYTES = 32;
    private static final int BEGIN = SnapshotFile.MAGIC.length + Integer.BYTES;

    private static SnapshotFile file() {
        return new SnapshotFile(
                States.HERE,
                1 << 20,
                List.of(
                        new SnapshotFile.Layer(
                                List.of(),
                                new ChunkSums(
                                        List.of(
                                                new ChunkSums.Chunk(0, 1),
                                                new ChunkSums.Chunk(3, -1)))),
                        new SnapshotFile.Layer(
                                List.of(new Extent(0, 4096), new Extent(8192, 4096)),
                                new ChunkSums(List.of(new ChunkSums.Chunk(0, 2)))),
                        new SnapshotFile.Layer(List.of(), NONE)),
                States.state(2));
    }

    private static final ChunkSums NONE = new ChunkSums(List.of());

    /** A file with a base layer and the given changes. */
    private static SnapshotFile file(List<List<Extent>> changes) {
        List<SnapshotFile.Layer> layers = new ArrayList<>();
        layers.add(new SnapshotFile.Layer(List.of(), NONE));
        changes.forEach(extents -> layers.add(new SnapshotFile.Layer(extents, NONE)));
        return new SnapshotFile(States.HERE, 16 << 20, layers, States.state(1));
    }

    private static SnapshotFile of(long memoryBytes, int vcpus, SnapshotFile.Layer... layers) {
        return new SnapshotFile(States.HERE, memoryBytes, List.of(layers), States.state(vcpus));
    }

    /** The bytes with a valid checksum. */
    private static byte[] sealed(byte[] bytes) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            int end = bytes.length - DIGEST_BYTES;
            digest.update(bytes, 0, end);
            System.arraycopy(digest.digest(), 0, bytes, end, DIGEST_BYTES);
            return bytes;
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private static void readOrRefuse(byte[] bytes) {
        SnapshotFile read;
        try {
            read = SnapshotFile.decode(bytes);
        } catch (IllegalArgumentException e) {
            assertThat(e.getMessage()).isNotEmpty();
            return;
        }
        // A file that can be read can be written.
        assertThat(read.encode()).hasSizeLessThanOrEqualTo(bytes.length);
    }

    @Test
    void whatWasEncodedIsDecoded() {
        byte[] encoded = file().encode();
        SnapshotFile read = SnapshotFile.decode(encoded);
        assertThat(read.encode()).isEqualTo(encoded);
        assertThat(read.requirements()).isEqualTo(States.HERE);
        assertThat(read.memoryBytes()).isEqualTo(1 << 20);
        assertThat(read.layers()).isEqualTo(file().layers());
        assertThat(read.extents(0))
                .containsExactly(new Extent(0, 256 << 10), new Extent(768 << 10, 256 << 10));
        assertThat(read.extents(1)).isEqualTo(read.layers().get(1).changes());
        assertThat(read.extents(2)).isEmpty();
    }

    @Test
    void anyBytes() {
        SeededCases.check(1000, values -> anyFileIsReadOrRefused(values.bytes(400)));
    }

    /**
     * The input is read as a whole file, and as the fields of a file with a valid header and
     * checksum.
     */
    @FuzzTest
    void anyFileIsReadOrRefused(byte[] bytes) {
        readOrRefuse(bytes);
        byte[] framed = new byte[BEGIN + bytes.length + DIGEST_BYTES];
        System.arraycopy(SnapshotFile.MAGIC, 0, framed, 0, SnapshotFile.MAGIC.length);
        framed[BEGIN - 1] = SnapshotFile.VERSION;
        System.arraycopy(bytes, 0, framed, BEGIN, bytes.length);
        readOrRefuse(sealed(framed));
    }

    @Test
    void bytesThatAreAlmostRight() {
        SeededCases.check(
                3000,
                values -> {
                    byte[] bytes = file().encode();
                    RandomGenerator random = values.random();
                    for (int left = values.between(1, 6); left > 0; left--) {
                        int at = BEGIN + random.nextInt(bytes.length - BEGIN - DIGEST_BYTES);
                        bytes[at] =
                                random.nextBoolean()
                                        ? (byte) random.nextInt()
                                        : (byte) (int) values.oneOf(0, 1, 0x7f, 0x80, 0xff);
                    }
                    readOrRefuse(sealed(bytes));
                });
    }

    @Test
    void bytesThatAreCutOrDoubled() {
        SeededCases.check(
                1000,
                values -> {
                    byte[] bytes = file().encode();
                    RandomGenerator random = values.random();
                    int from = BEGIN + random.nextInt(bytes.length - BEGIN - DIGEST_BYTES);
                    byte[] cut = sealed(Arrays.copyOf(bytes, from + DIGEST_BYTES));
                    assertThatIllegalArgumentException().isThrownBy(() -> SnapshotFile.decode(cut));
                    byte[] longer =
                            sealed(Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(100)));
                    assertThatIllegalArgumentException()
                            .isThrownBy(() -> SnapshotFile.decode(longer));
                });
    }

    /** A length that exceeds the bytes must be refused. */
    @Test
    void lengthsAreBoundByWhatIsThere() {
        byte[] bytes = file().encode();
        for (int at = BEGIN; at < bytes.length - DIGEST_BYTES - 4; at++) {
            byte[] changed = bytes.clone();
            Arrays.fill(changed, at, at + 4, (byte) 0x7f);
            readOrRefuse(sealed(changed));
        }
    }

    @Test
    void rangesOutsideOfTheMemoryAreRefused() {
        List<List<Extent>> wrong = new ArrayList<>();
        wrong.add(List.of(new Extent(-4096, 4096)));
        wrong.add(List.of(new Extent(0, 0)));
        wrong.add(List.of(new Extent(0, -4096)));
        wrong.add(List.of(new Extent(100, 4096)));
        wrong.add(List.of(new Extent(0, 100)));
        wrong.add(List.of(new Extent(16 << 20, 4096)));
        wrong.add(List.of(new Extent(4096, 16 << 20)));
        wrong.add(List.of(new Extent(4096, Long.MAX_VALUE & ~4095)));
        wrong.add(List.of(new Extent(8192, 4096), new Extent(0, 4096)));
        wrong.add(List.of(new Extent(0, 8192), new Extent(4096, 4096)));
        SnapshotFile.Layer none = new SnapshotFile.Layer(List.of(), NONE);
        for (List<Extent> changes : wrong) {
            assertMakesNoSense(file(List.of(changes)));
            assertMakesNoSense(file(List.of(List.of(), changes)));
        }
        for (long size : new long[] {0, -4096, 100, 1L << 41}) {
            assertMakesNoSense(of(size, 1, none));
        }
        for (int vcpus : new int[] {0, 9}) {
            assertMakesNoSense(of(1 << 20, vcpus, none));
        }
        ChunkSums outside = new ChunkSums(List.of(new ChunkSums.Chunk(4, 0)));
        assertMakesNoSense(of(1 << 20, 1, new SnapshotFile.Layer(List.of(), outside)));
        assertMakesNoSense(of(1 << 20, 1, none, new SnapshotFile.Layer(List.of(), outside)));
        assertMakesNoSense(
                of(1 << 20, 1, new SnapshotFile.Layer(List.of(new Extent(0, 4096)), NONE)));
    }

    /** However many files and ranges a file lists, few are opened and mapped. */
    @Test
    void filesAndRangesAreBounded() {
        assertMakesNoSense(of(1 << 20, 1));
        List<List<Extent>> layers = new ArrayList<>();
        for (int i = 1; i < MemoryImage.MOST_LAYERS; i++) {
            layers.add(List.of());
        }
        assertReadable(file(layers));
        layers.add(List.of());
        assertMakesNoSense(file(layers));

        int most = MemoryImage.MOST_PIECES;
        assertReadable(file(List.of(pages(0, most))));
        assertMakesNoSense(file(List.of(pages(0, most + 1))));
        // Each layer is within the limits, but both together are not, unless their ranges are
        // equal.
        assertMakesNoSense(file(List.of(pages(0, most), pages(4 * 4096, most))));
        assertReadable(file(List.of(pages(0, most), pages(0, most))));
    }

    /** The given number of pages, each followed by a gap. */
    private static List<Extent> pages(long from, int count) {
        List<Extent> extents = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            extents.add(new Extent(from + i * 7L * 4096, 4096));
        }
        return extents;
    }

    private static void assertReadable(SnapshotFile file) {
        byte[] encoded = file.encode();
        assertThat(SnapshotFile.decode(encoded).layers()).isEqualTo(file.layers());
    }

    private static void assertMakesNoSense(SnapshotFile file) {
        byte[] encoded = file.encode();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SnapshotFile.decode(encoded))
                .withMessageContaining("makes no sense");
    }
}
