package dev.microsandbox.vmm.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Finds the written pages of mappings that lie over each other. */
@Timeout(60)
class PrivatePagesTest {

    private static final int PAGE = 4096;

    @TempDir Path directory;

    private OpenFile file(String name, long size, int mode) throws Exception {
        return OpenFile.create(directory.resolve(name), mode, size);
    }

    /** More pages than one system call reads, with runs across the boundary. */
    @Test
    void runsOfWrittenPagesAreFound() throws Exception {
        long pages = 200_000;
        try (OpenFile file = file("one", pages * PAGE, 0600);
                Mapping map = Mapping.copyOnWrite(file.descriptor().number(), 0, pages * PAGE)) {
            assertThat(PrivatePages.of(map.segment())).isEmpty();
            for (long page : new long[] {0, 65_535, 65_536, 65_537, 131_071, pages - 1}) {
                map.segment().set(ValueLayout.JAVA_BYTE, page * PAGE + page % PAGE, (byte) 1);
            }
            // Reading a page does not make it private.
            assertThat(map.segment().get(ValueLayout.JAVA_BYTE, 77L * PAGE)).isZero();
            assertThat(PrivatePages.of(map.segment()))
                    .containsExactly(
                            new Extent(0, PAGE),
                            new Extent(65_535L * PAGE, 3 * PAGE),
                            new Extent(131_071L * PAGE, PAGE),
                            new Extent((pages - 1) * PAGE, PAGE));
            map.discard(0, pages * PAGE);
            assertThat(PrivatePages.of(map.segment())).isEmpty();
        }
    }

    @Test
    void anythingThatWasWrittenIsFound() throws Exception {
        Random random = new Random(5);
        try (OpenFile file = file("one", 1000 * PAGE, 0600);
                Mapping map = Mapping.copyOnWrite(file.descriptor().number(), 0, 1000 * PAGE)) {
            boolean[] written = new boolean[1000];
            for (int i = 0; i < 400; i++) {
                int page = random.nextInt(1000);
                written[page] = true;
                map.segment().set(ValueLayout.JAVA_BYTE, (long) page * PAGE, (byte) 0);
            }
            boolean[] found = new boolean[1000];
            for (Extent extent : PrivatePages.of(map.segment())) {
                for (long at = extent.offset(); at < extent.end(); at += PAGE) {
                    found[(int) (at / PAGE)] = true;
                }
            }
            assertThat(found).isEqualTo(written);
        }
    }

    @Test
    void aRangeOfAnotherFileTakesThePlaceOfOne() throws Exception {
        try (OpenFile base = file("base", 4 * PAGE, 0600);
                OpenFile over = file("over", 4 * PAGE, 0600);
                Mapping one = Mapping.shared(base.descriptor().number(), 0, 4 * PAGE);
                Mapping two = Mapping.shared(over.descriptor().number(), 0, 4 * PAGE)) {
            one.segment().fill((byte) 1);
            two.segment().fill((byte) 2);
            Mapping map = Mapping.copyOnWrite(base.descriptor().number(), 0, 4 * PAGE);
            map.segment().set(ValueLayout.JAVA_BYTE, PAGE, (byte) 9);
            map.overlay(over.descriptor(), PAGE, 2 * PAGE);
            assertThat(pages(map)).isEqualTo("1221");
            map.segment().set(ValueLayout.JAVA_BYTE, 2 * PAGE, (byte) 8);
            assertThat(PrivatePages.of(map.segment())).containsExactly(new Extent(2 * PAGE, PAGE));
            map.discard(0, 4 * PAGE);
            assertThat(pages(map)).isEqualTo("1221");
            assertThat(pages(one)).isEqualTo("1111");
            assertThat(pages(two)).isEqualTo("2222");
            assertThatExceptionOfType(IndexOutOfBoundsException.class)
                    .isThrownBy(() -> map.overlay(over.descriptor(), PAGE, 4 * PAGE));
            assertThatExceptionOfType(LinuxException.class)
                    .isThrownBy(() -> map.overlay(over.descriptor(), 1, PAGE))
                    .withMessageContaining("EINVAL");
            map.close();
            assertThatIllegalStateException()
                    .isThrownBy(() -> map.overlay(over.descriptor(), 0, PAGE));
        }
    }

    private static String pages(Mapping map) {
        StringBuilder text = new StringBuilder();
        for (int page = 0; page < 4; page++) {
            text.append(map.segment().get(ValueLayout.JAVA_BYTE, (long) page * PAGE));
        }
        return text.toString();
    }

    @Test
    void aNewFileIsOfZerosAndTakesNoSpace() throws Exception {
        try (OpenFile file = file("new", 1L << 40, 0400)) {
            assertThat(file.size()).isEqualTo(1L << 40);
            assertThat(file.data()).isEmpty();
            try (Mapping map = Mapping.shared(file.descriptor().number(), 0, 16 * PAGE)) {
                map.segment().set(ValueLayout.JAVA_BYTE, 5 * PAGE, (byte) 1);
                file.sync();
            }
            assertThat(file.data()).containsExactly(new Extent(5 * PAGE, PAGE));
        }
        Path path = directory.resolve("new");
        assertThat(Files.getPosixFilePermissions(path))
                .isEqualTo(PosixFilePermissions.fromString("r--------"));
        assertThatExceptionOfType(LinuxException.class)
                .isThrownBy(() -> file("new", 1, 0600).close())
                .withMessageContaining("EEXIST");
        assertThatExceptionOfType(LinuxException.class)
                .isThrownBy(() -> file("far/new", 1, 0600).close())
                .withMessageContaining("ENOENT");
        assertThatExceptionOfType(LinuxException.class)
                .isThrownBy(() -> file("huge", Long.MAX_VALUE, 0600).close())
                .withMessageMatching("(?s)ftruncate\\(.*(EFBIG|EINVAL).*");
    }

    @Test
    void theDataOfAMemfdIsWhatWasTouched() throws Exception {
        try (FileDescriptor memfd = Memfd.create("extents", 100 * PAGE);
                Mapping map = Mapping.shared(memfd.number(), 0, 100 * PAGE)) {
            assertThat(Extent.ofData(memfd)).isEmpty();
            for (long page : List.of(3L, 4L, 99L)) {
                map.segment().set(ValueLayout.JAVA_BYTE, page * PAGE, (byte) 1);
            }
            assertThat(Extent.ofData(memfd))
                    .containsExactly(new Extent(3 * PAGE, 2 * PAGE), new Extent(99 * PAGE, PAGE));
        }
    }
}
