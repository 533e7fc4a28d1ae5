package dev.microsandbox.vmm.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class MemfdTest {

    private static final int F_ADD_SEALS = 1033;
    private static final int F_SEAL_WRITE = 8;

    @Test
    void isZeroEverywhereAndCanBeWritten() throws Exception {
        try (FileDescriptor file = Memfd.create("test", 8192);
                FileChannel channel = open(file)) {
            assertThat(channel.size()).isEqualTo(8192);
            ByteBuffer all = ByteBuffer.allocate(8192);
            assertThat(channel.read(all, 0)).isEqualTo(8192);
            assertThat(all.array()).containsOnly(0);
            assertThat(channel.write(ByteBuffer.wrap("end".getBytes(US_ASCII)), 8189)).isEqualTo(3);
        }
    }

    /** An access to the mapping of a file that has shrunk would be a fault that ends the JVM. */
    @Test
    void neitherShrinksNorGrows() throws Exception {
        try (FileDescriptor file = Memfd.create("test", 8192);
                FileChannel channel = open(file)) {
            assertThatIOException()
                    .isThrownBy(() -> channel.truncate(4096))
                    .withMessageContaining("not permitted");
            assertThatIOException()
                    .isThrownBy(() -> channel.write(ByteBuffer.allocate(1), 8192))
                    .withMessageContaining("not permitted");
            assertThat(LibC.ftruncate(file.number(), 0)).isEqualTo(-Errno.EPERM);
            assertThat(LibC.ftruncate(file.number(), 8193)).isEqualTo(-Errno.EPERM);
            assertThat(channel.size()).isEqualTo(8192);
        }
    }

    @Test
    void takesNoFurtherSeals() throws Exception {
        try (FileDescriptor file = Memfd.create("test", 4096)) {
            assertThat(LibC.fcntl(file.number(), F_ADD_SEALS, F_SEAL_WRITE))
                    .isEqualTo(-Errno.EPERM);
        }
    }

    @Test
    void aFrozenFileIsReadButNeverWritten() throws Exception {
        try (FileDescriptor file = Memfd.draft("test", 4096)) {
            try (FileChannel channel = open(file)) {
                channel.write(ByteBuffer.wrap("text".getBytes(US_ASCII)), 0);
                Memfd.freeze(file);
                assertThatIOException()
                        .isThrownBy(() -> channel.write(ByteBuffer.allocate(1), 0))
                        .withMessageContaining("not permitted");
            }
            try (FileChannel channel = open(file)) {
                assertThatIOException()
                        .as("opened for writing later")
                        .isThrownBy(() -> channel.write(ByteBuffer.allocate(1), 0))
                        .withMessageContaining("not permitted");
            }
            assertThatExceptionOfType(LinuxException.class)
                    .isThrownBy(() -> Mapping.shared(file.number(), 0, 4096));
            try (Mapping mapping = Mapping.copyOnWrite(file.number(), 0, 4096)) {
                mapping.segment().set(JAVA_BYTE, 0, (byte) 'T');
                assertThat(mapping.segment().get(JAVA_BYTE, 1)).isEqualTo((byte) 'e');
            }
            ByteBuffer found = ByteBuffer.allocate(4);
            try (FileChannel channel = open(file)) {
                assertThat(channel.read(found, 0)).isEqualTo(4);
            }
            assertThat(found.array()).isEqualTo("text".getBytes(US_ASCII));
        }
    }

    @Test
    void isSeenUnderItsName() throws Exception {
        try (FileDescriptor file = Memfd.create("seen-by-name", 4096)) {
            assertThat(Files.readSymbolicLink(path(file)).toString())
                    .startsWith("/memfd:seen-by-name");
            Mapping mapping = Mapping.shared(file.number(), 0, 4096);
            assertThat(Files.readString(Path.of("/proc/self/maps")))
                    .contains("/memfd:seen-by-name");
            mapping.close();
            assertThat(Files.readString(Path.of("/proc/self/maps"))).doesNotContain("seen-by-name");
        }
    }

    @Test
    void isNotInheritedByPrograms() throws Exception {
        try (FileDescriptor _ = Memfd.create("private", 4096)) {
            Process program = new ProcessBuilder("ls", "-l", "/proc/self/fd").start();
            assertThat(new String(program.getInputStream().readAllBytes(), US_ASCII))
                    .contains("0 ->")
                    .doesNotContain("memfd:private");
            assertThat(program.waitFor()).isZero();
        }
    }

    @Test
    void whatTheKernelRefusesIsSaid() {
        assertThatExceptionOfType(LinuxException.class)
                .isThrownBy(() -> Memfd.create("test", -1))
                .withMessageMatching("ftruncate\\(fd \\d+, -1 bytes\\): EINVAL \\(22\\)");
        String name = "n".repeat(250);
        assertThatExceptionOfType(LinuxException.class)
                .isThrownBy(() -> Memfd.create(name, 4096))
                .withMessage("memfd_create(%s): EINVAL (22)", name);
    }

    private static FileChannel open(FileDescriptor file) throws Exception {
        return FileChannel.open(path(file), StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    private static Path path(FileDescriptor file) {
        return Path.of("/proc/self/fd/" + file.number());
    }
}
