package dev.microsandbox.vmm.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
@SuppressWarnings("NullAway.Init") // made before each test
class MappingTest {

    private static final int PAGE = 4096;
    private static final int BYTES = 4 * PAGE;

    private FileDescriptor file;
    private Mapping contents;

    /** A file of four pages whose bytes are 1, 2, 3 and 4. */
    @BeforeEach
    void create() throws Exception {
        file = Memfd.create("mapping-test", BYTES);
        contents = Mapping.shared(file.number(), 0, BYTES);
        for (int page = 0; page < 4; page++) {
            contents.segment().asSlice((long) page * PAGE, PAGE).fill((byte) (page + 1));
        }
    }

    @AfterEach
    void close() {
        contents.close();
        file.close();
    }

    @Test
    void aSharedMappingChangesTheFile() throws Exception {
        try (Mapping shared = Mapping.shared(file.number(), 0, BYTES)) {
            assertThat(pages(shared)).isEqualTo("1234");
            shared.segment().asSlice(PAGE, PAGE).fill((byte) 9);
            assertThat(pages(contents)).isEqualTo("1934");
        }
        assertThat(pages(contents)).isEqualTo("1934");
    }

    @Test
    void aCopyOnWriteMappingLeavesTheFileAlone() throws Exception {
        try (Mapping copy = Mapping.copyOnWrite(file.number(), 0, BYTES);
                Mapping other = Mapping.copyOnWrite(file.number(), 0, BYTES)) {
            copy.segment().asSlice(PAGE, PAGE).fill((byte) 9);
            assertThat(pages(copy)).isEqualTo("1934");
            assertThat(pages(contents)).isEqualTo("1234");
            assertThat(pages(other)).isEqualTo("1234");
        }
    }

    @Test
    void aPartOfTheFileCanBeMapped() throws Exception {
        try (Mapping part = Mapping.shared(file.number(), 2 * PAGE, PAGE)) {
            assertThat(pages(part)).isEqualTo("3");
            part.segment().fill((byte) 8);
        }
        assertThat(pages(contents)).isEqualTo("1284");
    }

    @Test
    void discardingSharedPagesZeroesTheFile() throws Exception {
        try (Mapping shared = Mapping.shared(file.number(), 0, BYTES);
                Mapping copy = Mapping.copyOnWrite(file.number(), 0, BYTES)) {
            shared.discard(PAGE, 2 * PAGE);
            assertThat(pages(shared)).isEqualTo("1004");
            assertThat(pages(contents)).isEqualTo("1004");
            assertThat(pages(copy)).isEqualTo("1004");
            shared.segment().asSlice(PAGE, PAGE).fill((byte) 7);
            assertThat(pages(contents)).isEqualTo("1704");
        }
    }

    @Test
    void discardingCopiesFindsTheFileAgain() throws Exception {
        try (Mapping copy = Mapping.copyOnWrite(file.number(), 0, BYTES)) {
            copy.segment().fill((byte) 9);
            copy.discard(PAGE, 2 * PAGE);
            assertThat(pages(copy)).isEqualTo("9239");
            assertThat(pages(contents)).isEqualTo("1234");
        }
    }

    @Test
    void discardingNothingChangesNothing() throws Exception {
        contents.discard(PAGE, 0);
        assertThat(pages(contents)).isEqualTo("1234");
    }

    @Test
    void whatCannotBeDiscardedIsNamed() {
        long second = contents.segment().address() + 1;
        assertThatExceptionOfType(LinuxException.class)
                .isThrownBy(() -> contents.discard(1, PAGE))
                .withMessage("madvise(%#x, 4096 bytes, MADV_REMOVE): EINVAL (22)", second);
        assertThatExceptionOfType(IndexOutOfBoundsException.class)
                .isThrownBy(() -> contents.discard(PAGE, BYTES));
        assertThatExceptionOfType(IndexOutOfBoundsException.class)
                .isThrownBy(() -> contents.discard(-PAGE, PAGE));
        assertThat(pages(contents)).isEqualTo("1234");
    }

    @Test
    void whatCannotBeDiscardedOfACopyIsNamed() throws Exception {
        try (Mapping copy = Mapping.copyOnWrite(file.number(), 0, BYTES)) {
            assertThatExceptionOfType(LinuxException.class)
                    .isThrownBy(() -> copy.discard(1, PAGE))
                    .withMessage(
                            "madvise(%#x, 4096 bytes, MADV_DONTNEED): EINVAL (22)",
                            copy.segment().address() + 1);
        }
    }

    @Test
    void afterClosingAnAccessIsRefusedAndNoFault() throws Exception {
        Mapping closed = Mapping.shared(file.number(), 0, BYTES);
        MemorySegment part = closed.segment().asSlice(PAGE, PAGE);
        String range = "%x-%x ".formatted(part.address() - PAGE, part.address() - PAGE + BYTES);
        assertThat(Files.readString(Path.of("/proc/self/maps"))).contains("mapping-test");
        closed.close();
        assertThatIllegalStateException().isThrownBy(() -> part.get(ValueLayout.JAVA_BYTE, 0));
        assertThatIllegalStateException().isThrownBy(() -> closed.segment().fill((byte) 1));
        assertThatIllegalStateException().isThrownBy(() -> closed.discard(0, PAGE));
        assertThat(Files.readString(Path.of("/proc/self/maps"))).doesNotContain(range);
        assertThat(pages(contents)).isEqualTo("1234");
    }

    @Test
    void closingAgainUnmapsNothingElse() throws Exception {
        Mapping first = Mapping.shared(file.number(), 0, BYTES);
        first.close();
        // The kernel is likely to reuse the address that was just freed.
        try (Mapping second = Mapping.shared(file.number(), 0, BYTES)) {
            first.close();
            assertThat(pages(second)).isEqualTo("1234");
        }
    }

    @Test
    void whatCannotBeMappedIsNamed() {
        int fd = file.number();
        assertFails("mmap(fd %d, 0 bytes at 0): EINVAL (22)".formatted(fd), fd, 0, 0);
        assertFails("mmap(fd %d, 4096 bytes at 1): EINVAL (22)".formatted(fd), fd, 1, PAGE);
        assertFails("mmap(fd -1, 4096 bytes at 0): EBADF (9)", -1, 0, PAGE);
        assertFails(
                "mmap(fd %d, 1152921504606846976 bytes at 0): ENOMEM (12)".formatted(fd),
                fd,
                0,
                1L << 60);
    }

    private static void assertFails(String message, int fd, long offset, long length) {
        assertThatExceptionOfType(LinuxException.class)
                .isThrownBy(() -> Mapping.shared(fd, offset, length))
                .withMessage("%s", message);
        assertThatExceptionOfType(LinuxException.class)
                .isThrownBy(() -> Mapping.copyOnWrite(fd, offset, length))
                .withMessage("%s", message);
    }

    /** The value of each page, after checking that it is the same at both ends. */
    private static String pages(Mapping mapping) {
        StringBuilder text = new StringBuilder();
        for (long at = 0; at < mapping.segment().byteSize(); at += PAGE) {
            byte first = mapping.segment().get(ValueLayout.JAVA_BYTE, at);
            assertThat(mapping.segment().get(ValueLayout.JAVA_BYTE, at + PAGE - 1))
                    .isEqualTo(first);
            text.append(first);
        }
        return text.toString();
    }
}
