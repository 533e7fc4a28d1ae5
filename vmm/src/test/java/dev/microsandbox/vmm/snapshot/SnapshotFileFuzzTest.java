package dev.microsandbox.vmm.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.microsandbox.vmm.linux.Extent;
import dev.microsandbox.vmm.memory.ChunkSums;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Whatever is in a file, it is read or refused, and takes no more memory than it has bytes. */
class SnapshotFileFuzzTest {

    private static final int DIGEST_BYTES = 32;
    private static final int BEGIN = SnapshotFile.MAGIC.length + Integer.BYTES;

    private static SnapshotFile file() {
        return new SnapshotFile(
                States.HERE,
                "base",
                1 << 20,
                List.of(new Extent(0, 4096), new Extent(8192, 4096)),
                new ChunkSums(List.of(new ChunkSums.Chunk(0, 1), new ChunkSums.Chunk(3, -1))),
                States.state(2));
    }

    /** With a checksum that is right. */
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
        // What can be read can be written.
        assertThat(read.encode()).hasSizeLessThanOrEqualTo(bytes.length);
    }

    @Example
    void whatWasEncodedIsDecoded() {
        byte[] encoded = file().encode();
        SnapshotFile read = SnapshotFile.decode(encoded);
        assertThat(read.encode()).isEqualTo(encoded);
        assertThat(read.requirements()).isEqualTo(States.HERE);
        assertThat(read.base()).isEqualTo("base");
        assertThat(read.memoryBytes()).isEqualTo(1 << 20);
        assertThat(read.changes()).isEqualTo(file().changes());
        assertThat(read.sums()).isEqualTo(file().sums());
    }

    @Property(tries = 1000)
    void anyBytes(@ForAll byte[] bytes) {
        readOrRefuse(bytes);
        byte[] framed = new byte[BEGIN + bytes.length + DIGEST_BYTES];
        System.arraycopy(SnapshotFile.MAGIC, 0, framed, 0, SnapshotFile.MAGIC.length);
        framed[BEGIN - 1] = SnapshotFile.VERSION;
        System.arraycopy(bytes, 0, framed, BEGIN, bytes.length);
        readOrRefuse(sealed(framed));
    }

    @Property(tries = 3000)
    void bytesThatAreAlmostRight(@ForAll long seed, @ForAll @IntRange(min = 1, max = 6) int count) {
        byte[] bytes = file().encode();
        Random random = new Random(seed);
        for (int i = 0; i < count; i++) {
            int at = BEGIN + random.nextInt(bytes.length - BEGIN - DIGEST_BYTES);
            bytes[at] =
                    random.nextBoolean()
                            ? (byte) random.nextInt()
                            : (byte) new int[] {0, 1, 0x7f, 0x80, 0xff}[random.nextInt(5)];
        }
        readOrRefuse(sealed(bytes));
    }

    @Property(tries = 300)
    void bytesThatAreCutOrDoubled(@ForAll long seed) {
        byte[] bytes = file().encode();
        Random random = new Random(seed);
        int from = BEGIN + random.nextInt(bytes.length - BEGIN - DIGEST_BYTES);
        byte[] cut = Arrays.copyOf(bytes, from + DIGEST_BYTES);
        assertThatIllegalArgumentException().isThrownBy(() -> SnapshotFile.decode(sealed(cut)));
        byte[] longer = Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(100));
        assertThatIllegalArgumentException().isThrownBy(() -> SnapshotFile.decode(sealed(longer)));
    }

    /** A length beyond the bytes must not be believed. */
    @Example
    void lengthsAreBoundByWhatIsThere() {
        byte[] bytes = file().encode();
        for (int at = BEGIN; at < bytes.length - DIGEST_BYTES - 4; at++) {
            byte[] changed = bytes.clone();
            Arrays.fill(changed, at, at + 4, (byte) 0x7f);
            readOrRefuse(sealed(changed));
        }
    }

    @Example
    void rangesOutsideOfTheMemoryAreRefused() {
        List<List<Extent>> wrong = new ArrayList<>();
        wrong.add(List.of(new Extent(-4096, 4096)));
        wrong.add(List.of(new Extent(0, 0)));
        wrong.add(List.of(new Extent(0, -4096)));
        wrong.add(List.of(new Extent(100, 4096)));
        wrong.add(List.of(new Extent(0, 100)));
        wrong.add(List.of(new Extent(1 << 20, 4096)));
        wrong.add(List.of(new Extent(4096, 1 << 20)));
        wrong.add(List.of(new Extent(4096, Long.MAX_VALUE & ~4095)));
        wrong.add(List.of(new Extent(8192, 4096), new Extent(0, 4096)));
        wrong.add(List.of(new Extent(0, 8192), new Extent(4096, 4096)));
        for (List<Extent> changes : wrong) {
            assertMakesNoSense(
                    new SnapshotFile(
                            States.HERE,
                            "",
                            1 << 20,
                            changes,
                            new ChunkSums(List.of()),
                            States.state(1)));
        }
        for (long size : new long[] {0, -4096, 100, 1L << 41}) {
            assertMakesNoSense(
                    new SnapshotFile(
                            States.HERE,
                            "",
                            size,
                            List.of(),
                            new ChunkSums(List.of()),
                            States.state(1)));
        }
        for (int vcpus : new int[] {0, 9}) {
            assertMakesNoSense(
                    new SnapshotFile(
                            States.HERE,
                            "",
                            1 << 20,
                            List.of(),
                            new ChunkSums(List.of()),
                            States.state(vcpus)));
        }
        assertMakesNoSense(
                new SnapshotFile(
                        States.HERE,
                        "",
                        1 << 20,
                        List.of(),
                        new ChunkSums(List.of(new ChunkSums.Chunk(4, 0))),
                        States.state(1)));
    }

    private static void assertMakesNoSense(SnapshotFile file) {
        byte[] encoded = file.encode();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SnapshotFile.decode(encoded))
                .withMessageContaining("makes no sense");
    }
}
