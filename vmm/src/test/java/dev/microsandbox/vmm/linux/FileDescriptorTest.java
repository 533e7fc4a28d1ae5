package dev.microsandbox.vmm.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class FileDescriptorTest {

    /** The request for the number of readable bytes (asm-generic/ioctls.h). */
    private static final int FIONREAD = 0x541B;

    @TempDir Path directory;

    @Test
    void anIoctlFillsItsStructure() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "hello");
        try (FileDescriptor descriptor = OpenFile.device(file);
                Arena arena = Arena.ofConfined()) {
            MemorySegment count = arena.allocate(ValueLayout.JAVA_INT);
            assertThat(descriptor.ioctl("FIONREAD", FIONREAD, count)).isZero();
            assertThat(count.get(ValueLayout.JAVA_INT, 0)).isEqualTo(5);
        }
    }

    @Test
    void aRefusedIoctlNamesCallDescriptorAndArgument() throws Exception {
        try (FileDescriptor descriptor = OpenFile.device(Path.of("/dev/null"));
                Arena arena = Arena.ofConfined()) {
            int fd = descriptor.number();
            assertThatExceptionOfType(LinuxException.class)
                    .isThrownBy(() -> descriptor.ioctl("KVM_RUN", 0xAE80, 0x2a))
                    .withMessage("KVM_RUN(fd %d, 0x2a): ENOTTY (25)", fd)
                    .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.ENOTTY));
            MemorySegment structure = arena.allocate(24);
            assertThatExceptionOfType(LinuxException.class)
                    .isThrownBy(() -> descriptor.ioctl("KVM_TRANSLATE", 0xC018AE85L, structure))
                    .withMessage(
                            "KVM_TRANSLATE(fd %d, 24 bytes at %#x): ENOTTY (25)",
                            fd, structure.address());
            assertThat(descriptor.tryIoctl(0xAE80, 0)).isEqualTo(-Errno.ENOTTY);
        }
    }

    @Test
    void aDescriptorThatIsNotOpenIsAnError() {
        assertThatExceptionOfType(LinuxException.class)
                .isThrownBy(() -> FileDescriptor.owned(-1).ioctl("FIONREAD", FIONREAD, 0))
                .withMessage("FIONREAD(fd -1, 0x0): EBADF (9)");
    }

    /** The number belongs to the next file by then. */
    @Test
    void closingAgainClosesNothingElse() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "hello");
        FileDescriptor first = OpenFile.device(file);
        first.close();
        try (OpenFile second = OpenFile.readOnly(file);
                Arena arena = Arena.ofConfined()) {
            first.close();
            first.close();
            assertThat(second.readFully(List.of(arena.allocate(5)), 0)).isEqualTo(5);
        }
    }

    @Test
    void aThousandRoundsLeaveNothingOpen() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "hello");
        round(file); // loads the classes
        long descriptors = descriptors();
        long mappings = mappings();
        for (int i = 0; i < 1_000; i++) {
            round(file);
        }
        // The JVM itself may open a file or two.
        assertThat(descriptors()).isLessThan(descriptors + 50);
        assertThat(mappings()).isLessThan(mappings + 200);
    }

    private static void round(Path file) throws Exception {
        try (OpenFile _ = OpenFile.readOnly(file);
                OpenFile _ = OpenFile.readWrite(file);
                Epoll epoll = Epoll.create();
                EventFd event = EventFd.create();
                FileDescriptor memory = Memfd.create("round", 4096);
                Mapping _ = Mapping.shared(memory.number(), 0, 4096);
                Mapping _ = Mapping.copyOnWrite(memory.number(), 0, 4096)) {
            epoll.add(event, 1);
        }
        assertThatExceptionOfType(LinuxException.class).isThrownBy(() -> Memfd.create("round", -1));
        assertThatExceptionOfType(LinuxException.class)
                .isThrownBy(() -> OpenFile.readOnly(file.resolve("below")));
    }

    private static long descriptors() throws Exception {
        try (var list = Files.list(Path.of("/proc/self/fd"))) {
            return list.count();
        }
    }

    private static long mappings() throws Exception {
        return Files.readAllLines(Path.of("/proc/self/maps")).size();
    }
}
