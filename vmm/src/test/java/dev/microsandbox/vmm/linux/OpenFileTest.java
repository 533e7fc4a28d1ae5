package dev.microsandbox.vmm.linux;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class OpenFileTest {

    @TempDir Path directory;

    private final Arena arena = Arena.ofAuto();

    @Test
    void readsAcrossTheBordersOfSegments() throws Exception {
        try (OpenFile file = OpenFile.readOnly(file("abcdefghij"))) {
            List<MemorySegment> into = List.of(room(1), room(5), room(2));
            assertThat(file.readFully(into, 1)).isEqualTo(8);
            assertThat(texts(into)).containsExactly("b", "cdefg", "hi");
        }
    }

    @Test
    void writesSegmentsOneAfterTheOther() throws Exception {
        Path path = file("..........");
        try (OpenFile file = OpenFile.readWrite(path)) {
            file.writeFully(List.of(bytes("ab"), bytes("cde")), 3);
        }
        assertThat(path).hasContent("...abcde..");
    }

    @Test
    void findsDataAndHoles() throws Exception {
        Path path = file("");
        try (OpenFile file = OpenFile.readWrite(path)) {
            file.writeFully(List.of(bytes("x")), 1 << 20);
            file.writeFully(List.of(bytes("y")), (2 << 20) - 1);
            assertThat(file.nextData(0)).isBetween(1L, 1L << 20);
            long hole = file.nextHole(1 << 20);
            assertThat(hole).isBetween((1L << 20) + 1, 2L << 20);
            assertThat(file.nextData(hole)).isBetween(hole, (2L << 20) - 1);
            assertThat(file.nextHole((2 << 20) - 1)).isEqualTo(2 << 20);
            assertThat(file.nextData(2 << 20)).as("behind the end").isEqualTo(2 << 20);
        }
    }

    /** The kernel refuses more than 1024 vectors in one call; we pass 256. */
    @Test
    void takesMoreSegmentsThanOneCallCan() throws Exception {
        for (int count : new int[] {255, 256, 257, 512, 3000}) {
            Random random = new Random(count);
            List<MemorySegment> from = new ArrayList<>();
            List<MemorySegment> into = new ArrayList<>();
            long total = 0;
            for (int i = 0; i < count; i++) {
                byte[] content = new byte[random.nextInt(4)];
                random.nextBytes(content);
                from.add(arena.allocateFrom(ValueLayout.JAVA_BYTE, content));
                into.add(room(content.length));
                total += content.length;
            }
            try (OpenFile file = OpenFile.readWrite(file(""))) {
                file.writeFully(from, 7);
                assertThat(file.size()).isEqualTo(7 + total);
                assertThat(file.readFully(into, 7)).isEqualTo(total);
            }
            for (int i = 0; i < count; i++) {
                assertThat(into.get(i).mismatch(from.get(i))).as("segment %d", i).isEqualTo(-1);
            }
        }
    }

    @Test
    void readingEndsWithTheFile() throws Exception {
        try (OpenFile file = OpenFile.readOnly(file("abcdefghij"))) {
            List<MemorySegment> into = List.of(room(4), room(4), room(4));
            assertThat(file.readFully(into, 3)).isEqualTo(7);
            assertThat(texts(into)).containsExactly("defg", "hij\0", "\0\0\0\0");
            assertThat(file.readFully(List.of(room(1)), 10)).isZero();
            assertThat(file.readFully(List.of(room(1)), 1L << 40)).isZero();
        }
    }

    @Test
    void theEndOfTheFileMayComeAfterManySegments() throws Exception {
        try (OpenFile file = OpenFile.readOnly(file("x".repeat(300)))) {
            List<MemorySegment> into = new ArrayList<>();
            for (int i = 0; i < 400; i++) {
                into.add(room(1));
            }
            assertThat(file.readFully(into, 0)).isEqualTo(300);
            assertThat(texts(into.subList(299, 301))).containsExactly("x", "\0");
        }
    }

    @Test
    void emptySegmentsHoldNothingUp() throws Exception {
        Path path = file("abc");
        try (OpenFile file = OpenFile.readWrite(path)) {
            assertThat(file.readFully(List.of(), 0)).isZero();
            assertThat(file.readFully(List.of(room(0), room(0)), 0)).isZero();
            List<MemorySegment> into = List.of(room(0), room(1), room(0), room(2), room(0));
            assertThat(file.readFully(into, 0)).isEqualTo(3);
            assertThat(texts(into)).containsExactly("", "a", "", "bc", "");
            file.writeFully(List.of(), 0);
            file.writeFully(List.of(room(0)), 0);
            file.writeFully(List.of(room(0), bytes("x"), room(0)), 2);
        }
        assertThat(path).hasContent("abx");
    }

    @Test
    void aWholeCallOfEmptySegmentsIsNotTheEndOfTheFile() throws Exception {
        try (OpenFile file = OpenFile.readOnly(file("abc"))) {
            List<MemorySegment> into = new ArrayList<>();
            for (int i = 0; i < 600; i++) {
                into.add(room(0));
            }
            into.add(room(3));
            assertThat(file.readFully(into, 0)).isEqualTo(3);
            assertThat(texts(into).getLast()).isEqualTo("abc");
        }
    }

    @Test
    void writingBehindTheEndLeavesZerosBetween() throws Exception {
        Path path = file("ab");
        try (OpenFile file = OpenFile.readWrite(path)) {
            assertThat(file.size()).isEqualTo(2);
            file.writeFully(List.of(bytes("z")), 4);
            assertThat(file.size()).isEqualTo(5);
            file.syncData();
        }
        assertThat(Files.readString(path)).isEqualTo("ab\0\0z");
    }

    @Test
    void sizesOverFourGibibytesAreExact() throws Exception {
        try (OpenFile file = OpenFile.readWrite(file(""))) {
            long offset = (1L << 33) + 5;
            file.writeFully(List.of(bytes("end")), offset);
            assertThat(file.size()).isEqualTo(offset + 3);
            List<MemorySegment> into = List.of(room(9));
            assertThat(file.readFully(into, offset)).isEqualTo(3);
            assertThat(texts(into)).containsExactly("end\0\0\0\0\0\0");
        }
    }

    @Test
    void aPunchedHoleReadsAsZerosAndTheSizeStays() throws Exception {
        Path path = file("x".repeat(65536));
        try (OpenFile file = OpenFile.readWrite(path)) {
            file.punchHole(4096, 8192);
            file.punchHole(65000, 100_000);
            assertThat(file.size()).isEqualTo(65536);
        }
        byte[] expected = Files.readAllBytes(file("x".repeat(65536)));
        Arrays.fill(expected, 4096, 4096 + 8192, (byte) 0);
        Arrays.fill(expected, 65000, 65536, (byte) 0);
        assertThat(Files.readAllBytes(path)).isEqualTo(expected);
    }

    @Test
    void aZeroedRangeReadsAsZerosAndTheSizeStays() throws Exception {
        Path path = file("x".repeat(65536));
        try (OpenFile file = OpenFile.readWrite(path)) {
            try {
                file.zeroRange(100, 10_000);
            } catch (LinuxException e) {
                Assumptions.assumeFalse(
                        e.errno() == Errno.EOPNOTSUPP, "skipped: the file system cannot: " + e);
                throw e;
            }
            assertThat(file.size()).isEqualTo(65536);
        }
        byte[] expected = Files.readAllBytes(file("x".repeat(65536)));
        Arrays.fill(expected, 100, 10_100, (byte) 0);
        assertThat(Files.readAllBytes(path)).isEqualTo(expected);
    }

    @Test
    void whatCannotBeOpenedIsNamed() throws Exception {
        Path missing = directory.resolve("missing");
        assertFails(
                () -> OpenFile.readOnly(missing), Errno.ENOENT, "open(%s): ENOENT (2)", missing);
        assertFails(
                () -> OpenFile.readWrite(missing), Errno.ENOENT, "open(%s): ENOENT (2)", missing);
        assertFails(() -> OpenFile.device(missing), Errno.ENOENT, "open(%s): ENOENT (2)", missing);
        Path below = file("").resolve("below");
        assertFails(() -> OpenFile.readOnly(below), Errno.ENOTDIR, "open(%s): ENOTDIR (20)", below);
        assertFails(
                () -> OpenFile.readWrite(directory),
                Errno.EISDIR,
                "open(%s): EISDIR (21)",
                directory);
    }

    @Test
    void aDirectoryCanBeOpenedButNotRead() throws Exception {
        try (OpenFile file = OpenFile.readOnly(directory)) {
            assertFails(
                    () -> file.readFully(List.of(room(3), room(4)), 5),
                    Errno.EISDIR,
                    "preadv(%s, 7 bytes at 5): EISDIR (21)",
                    directory);
        }
    }

    @Test
    void aFileOpenedForReadingRefusesWriting() throws Exception {
        Path path = file("abc");
        try (OpenFile file = OpenFile.readOnly(path)) {
            assertFails(
                    () -> file.writeFully(List.of(bytes("xy"), bytes("z")), 1),
                    Errno.EBADF,
                    "pwritev(%s, 3 bytes at 1): EBADF (9)",
                    path);
            assertFails(
                    () -> file.punchHole(0, 2),
                    Errno.EBADF,
                    "fallocate(mode 0x3)(%s, 2 bytes at 0): EBADF (9)",
                    path);
        }
        assertThat(path).hasContent("abc");
    }

    @Test
    void aFullDiskIsNoSilentLoss() throws Exception {
        Path full = Path.of("/dev/full");
        try (OpenFile file = OpenFile.readWrite(full)) {
            assertFails(
                    () -> file.writeFully(List.of(room(4096), room(1)), 512),
                    Errno.ENOSPC,
                    "pwritev(%s, 4097 bytes at 512): ENOSPC (28)",
                    full);
            assertFails(
                    file::syncData, Errno.EINVAL, "fdatasync(%s, 0 bytes at 0): EINVAL (22)", full);
            assertFails(
                    () -> file.zeroRange(0, 512),
                    Errno.ENODEV,
                    "fallocate(mode 0x11)(%s, 512 bytes at 0): ENODEV (19)",
                    full);
        }
    }

    @Test
    void anImpossibleRangeIsAnError() throws Exception {
        Path path = file("abc");
        try (OpenFile file = OpenFile.readWrite(path)) {
            assertFails(
                    () -> file.readFully(List.of(room(1)), -1),
                    Errno.EINVAL,
                    "preadv(%s, 1 bytes at -1): EINVAL (22)",
                    path);
            assertFails(
                    () -> file.writeFully(List.of(room(2)), Long.MIN_VALUE),
                    Errno.EINVAL,
                    "pwritev(%s, 2 bytes at -9223372036854775808): EINVAL (22)",
                    path);
            assertFails(
                    () -> file.punchHole(0, 0),
                    Errno.EINVAL,
                    "fallocate(mode 0x3)(%s, 0 bytes at 0): EINVAL (22)",
                    path);
        }
    }

    private interface Action {
        void run() throws LinuxException;
    }

    private static void assertFails(Action action, int errno, String message, Path path) {
        assertThatExceptionOfType(LinuxException.class)
                .isThrownBy(action::run)
                .withMessage(message.formatted(path))
                .satisfies(e -> assertThat(e.errno()).isEqualTo(errno));
    }

    private Path file(String content) throws Exception {
        return Files.writeString(Files.createTempFile(directory, "file", ""), content);
    }

    private MemorySegment room(long bytes) {
        return arena.allocate(bytes);
    }

    private MemorySegment bytes(String text) {
        return arena.allocateFrom(text).asSlice(0, text.length());
    }

    private static List<String> texts(List<MemorySegment> segments) {
        return segments.stream()
                .map(s -> new String(s.toArray(ValueLayout.JAVA_BYTE), ISO_8859_1))
                .toList();
    }
}
