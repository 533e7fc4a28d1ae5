package dev.microsandbox.vmm.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.microsandbox.vmm.linux.Errno;
import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.memory.GuestLayout;
import dev.microsandbox.vmm.memory.GuestMemory;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
@SuppressWarnings("NullAway.Init") // made before each test
class KernelImageTest {

    private static final long MIB = 1 << 20;

    @TempDir Path directory;

    private Path kernel;
    private GuestMemory memory;

    @BeforeEach
    void allocate() throws Exception {
        kernel = directory.resolve("vmlinux");
        memory = GuestMemory.allocate(32 * MIB);
    }

    @AfterEach
    void close() {
        memory.close();
    }

    @Test
    void segmentsComeWhereTheyBelong() throws Exception {
        KernelImage image = KernelImage.load(new ElfFile().write(kernel), memory);
        assertThat(image.entryPoint()).isEqualTo(ElfFile.ENTRY_POINT);
        assertThat(image.end()).isEqualTo(ElfFile.DATA_ADDRESS + ElfFile.DATA_MEMORY);
        byte[] all = memory.slice(0, memory.size()).toArray(ValueLayout.JAVA_BYTE);
        for (int i = 0; i < all.length; i++) {
            byte expected = 0;
            if (i >= ElfFile.CODE_ADDRESS && i < ElfFile.CODE_ADDRESS + ElfFile.CODE_BYTES) {
                expected = ElfFile.content(ElfFile.HEADERS + i - (int) ElfFile.CODE_ADDRESS);
            }
            if (i >= ElfFile.DATA_ADDRESS && i < ElfFile.DATA_ADDRESS + ElfFile.DATA_BYTES) {
                int offset = i - (int) ElfFile.DATA_ADDRESS;
                expected = ElfFile.content(ElfFile.HEADERS + ElfFile.CODE_BYTES + offset);
            }
            if (all[i] != expected) {
                assertThat(all[i]).as("at %#x", i).isEqualTo(expected);
            }
        }
    }

    @Test
    void aKernelMayFillMemoryToItsEnd() throws Exception {
        long room = 32 * MIB - ElfFile.DATA_ADDRESS;
        new ElfFile().put64(ElfFile.at(2, ElfFile.MEMORY_BYTES), room).write(kernel);
        assertThat(KernelImage.load(kernel, memory).end()).isEqualTo(32 * MIB);
        new ElfFile().put64(ElfFile.at(2, ElfFile.MEMORY_BYTES), room + 1).write(kernel);
        assertRefused(
                "%s needs memory from 0x1200000 for 14680065 bytes, but the machine has 32 MiB: give it more.");
    }

    @Test
    void aMissingKernelCanBeBuilt() {
        assertRefused("There is no kernel %s: build one with 'msb image build'.");
    }

    @Test
    void anEmptyFileIsNoKernel() throws Exception {
        Files.createFile(kernel);
        assertRefused("%s is empty: build the kernel anew with 'msb image build'.");
    }

    @Test
    void aDirectoryIsNoKernel() throws Exception {
        Files.createDirectory(kernel);
        assertRefused("%s is a directory: name the file vmlinux.");
    }

    @Test
    void aFileThatCannotBeOpenedIsAnErrorOfTheSystem() throws Exception {
        Files.createFile(kernel);
        Path below = kernel.resolve("below");
        assertThatExceptionOfType(LinuxException.class)
                .isThrownBy(() -> KernelImage.load(below, memory))
                .withMessage("open(%s): ENOTDIR (20)", below)
                .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.ENOTDIR));
    }

    @Test
    void aTextFileIsNoKernel() throws Exception {
        Files.writeString(kernel, "#!/bin/sh\n");
        assertRefused("%s is no kernel: an ELF file, vmlinux, is needed.");
        Files.writeString(kernel, "x".repeat(4096));
        assertRefused("%s is no kernel: an ELF file, vmlinux, is needed.");
    }

    @Test
    void aCompressedKernelIsRecognized() throws Exception {
        ByteBuffer image = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
        image.put(0, (byte) 'M').put(1, (byte) 'Z').putInt(0x202, 0x53726448);
        Files.write(kernel, image.array());
        assertRefused(
                "%s is a compressed kernel (bzImage): use the file vmlinux from the same build, or extract it.");
    }

    @ParameterizedTest
    @CsvSource({
        "3, i386",
        "8, MIPS",
        "20, PowerPC",
        "21, PowerPC",
        "22, S/390",
        "40, ARM",
        "183, AArch64",
        "243, RISC-V",
        "258, LoongArch",
        "0, another processor (ELF machine 0)",
        "65535, another processor (ELF machine 65535)"
    })
    void aKernelForAnotherProcessorIsNamed(int machine, String name) throws Exception {
        new ElfFile().put16(ElfFile.MACHINE, machine).write(kernel);
        assertRefused("%s is for " + name + ": a kernel for x86-64 is needed.");
    }

    @Test
    void aKernelOf32BitsIsRefused() throws Exception {
        new ElfFile().put8(ElfFile.CLASS, 1).write(kernel);
        assertRefused("%s is a 32-bit program: a kernel for x86-64 is needed.");
    }

    @Test
    void aBigEndianKernelIsRefused() throws Exception {
        new ElfFile().put8(ElfFile.DATA, 2).write(kernel);
        assertRefused("%s is for a big-endian processor: a kernel for x86-64 is needed.");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 4, 0xffff})
    void objectsAndLibrariesAreRefused(int type) throws Exception {
        new ElfFile().put16(ElfFile.TYPE, type).write(kernel);
        assertRefused("%s is no executable but an object or a library: vmlinux is needed.");
    }

    @Test
    void aFileThatEndsTooEarlyIsRefusedWhereverThatIs() throws Exception {
        ElfFile whole = new ElfFile();
        for (int length = 1; length < whole.size(); length++) {
            whole.writePrefix(kernel, length);
            if (length < 4) {
                assertRefused("%s is no kernel: an ELF file, vmlinux, is needed.");
            } else {
                assertRefused("%s is truncated: build the kernel anew with 'msb image build'.");
            }
        }
        whole.writePrefix(kernel, whole.size());
        assertThat(KernelImage.load(kernel, memory).entryPoint()).isEqualTo(ElfFile.ENTRY_POINT);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 0x1000, 0x9fc00, 0xf_ffff, -1, Long.MIN_VALUE})
    void aSegmentBelowOneMebibyteWouldOverwriteOurTables(long address) throws Exception {
        new ElfFile().put64(ElfFile.at(0, ElfFile.ADDRESS), address).write(kernel);
        assertRefused(
                "%s has a segment for 0x"
                        + Long.toHexString(address)
                        + " that cannot be loaded: vmlinux for x86-64 is needed.");
        assertThat(memory.u64(GuestLayout.BOOT_PARAMS)).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "-1, 100, 200",
        "296, -1, 200",
        "296, 100, -1",
        "296, 100, 99",
        "296, 9223372036854775807, -9223372036854775808",
        "-9223372036854775808, 0, 0"
    })
    void aSegmentWithoutSenseIsRefused(long offset, long fileBytes, long memoryBytes)
            throws Exception {
        new ElfFile()
                .put64(ElfFile.at(0, ElfFile.FILE_OFFSET), offset)
                .put64(ElfFile.at(0, ElfFile.FILE_BYTES), fileBytes)
                .put64(ElfFile.at(0, ElfFile.MEMORY_BYTES), memoryBytes)
                .write(kernel);
        assertRefused(
                "%s has a segment for 0x1000000 that cannot be loaded: vmlinux for x86-64 is needed.");
    }

    @ParameterizedTest
    @CsvSource({
        "0x2000000, 300",
        "0x1ffffff, 301",
        "0x1000000, 0x7fffffffffffffff",
        "0x7fffffffffffffff, 300",
        "0xc0000000, 4096"
    })
    void aKernelLargerThanMemoryIsRefused(String address, String bytes) throws Exception {
        new ElfFile()
                .put64(ElfFile.at(0, ElfFile.ADDRESS), Long.decode(address))
                .put64(ElfFile.at(0, ElfFile.MEMORY_BYTES), Long.decode(bytes))
                .write(kernel);
        assertRefused(
                "%s needs memory from "
                        + address
                        + " for "
                        + Long.decode(bytes)
                        + " bytes, but the machine has 32 MiB: give it more.");
    }

    @ParameterizedTest
    @ValueSource(longs = {697, 1L << 40, Long.MAX_VALUE - 299, Long.MAX_VALUE})
    void aSegmentBeyondTheFileIsRefused(long offset) throws Exception {
        new ElfFile().put64(ElfFile.at(0, ElfFile.FILE_OFFSET), offset).write(kernel);
        assertRefused("%s is truncated: build the kernel anew with 'msb image build'.");
    }

    @ParameterizedTest
    @ValueSource(longs = {697, 1L << 40, Long.MAX_VALUE - 10, Long.MAX_VALUE})
    void programHeadersBeyondTheFileAreRefused(long offset) throws Exception {
        new ElfFile().put64(ElfFile.SEGMENTS_OFFSET, offset).write(kernel);
        assertRefused("%s is truncated: build the kernel anew with 'msb image build'.");
    }

    @Test
    void programHeadersWithoutSenseAreRefused() throws Exception {
        String damaged =
                "%s has no sensible program headers: the file is damaged; build it anew with 'msb image build'.";
        new ElfFile().put16(ElfFile.SEGMENT_SIZE, 32).write(kernel);
        assertRefused(damaged);
        new ElfFile().put16(ElfFile.SEGMENT_COUNT, 65).write(kernel);
        assertRefused(damaged);
        new ElfFile().put16(ElfFile.SEGMENT_COUNT, 0xffff).write(kernel);
        assertRefused(damaged);
        new ElfFile().put64(ElfFile.SEGMENTS_OFFSET, -1).write(kernel);
        assertRefused(damaged);
        new ElfFile().put64(ElfFile.SEGMENTS_OFFSET, Long.MIN_VALUE).write(kernel);
        assertRefused(damaged);
    }

    @Test
    void aFileWithNothingToLoadIsRefused() throws Exception {
        new ElfFile().put16(ElfFile.SEGMENT_COUNT, 0).write(kernel);
        assertRefused("%s has nothing to load: vmlinux is needed.");
        new ElfFile().put32(ElfFile.at(0, 0), 6).put32(ElfFile.at(2, 0), 6).write(kernel);
        assertRefused("%s has nothing to load: vmlinux is needed.");
    }

    /** The last of these addresses is within the kernel's range, but in a hole. */
    @ParameterizedTest
    @ValueSource(longs = {0, 0xf_ffff, 0xff_ffff, 0x120_5000, -1, Long.MIN_VALUE, 0x110_0000})
    void anEntryPointOutsideOfTheKernelIsRefused(long entry) throws Exception {
        new ElfFile().put64(ElfFile.ENTRY, entry).write(kernel);
        assertRefused(
                "%s begins at 0x"
                        + Long.toHexString(entry)
                        + ", which is outside of it: the file is damaged; build it anew with 'msb image build'.");
    }

    private void assertRefused(String message) {
        assertThatExceptionOfType(KernelException.class)
                .isThrownBy(() -> KernelImage.load(kernel, memory))
                .withMessage(message, kernel);
    }
}
