package dev.microsandbox.vmm.image.build;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.microsandbox.vmm.ImageException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VmlinuxTest {

    private static final int TYPE_OF_SECOND_HEADER = 64 + 56;
    private static final int NOTE = 64 + 2 * 56;

    @TempDir private Path directory;

    @FuzzTest
    void anyFileIsAKernelOrRefused(byte[] bytes) throws Exception {
        try {
            check(bytes);
        } catch (ImageException e) {
            assertThat(e.getMessage()).contains("is not a kernel for a guest: ");
        }
    }

    @Test
    void acceptsAKernel() {
        assertThatCode(() -> check(kernel())).doesNotThrowAnyException();
    }

    @Test
    void refusesWhatIsNone() {
        refuses(new byte[0], "not an ELF file");
        refuses("#!/bin/sh\n".getBytes(StandardCharsets.US_ASCII), "not an ELF file");
        refuses(Arrays.copyOf(kernel(), 100), "cut short");
        refuses(Arrays.copyOf(kernel(), kernel().length - 1), "cut short");
        refuses(with(18, 183), "not for x86-64");
        refuses(with(64, 0), "nothing to load");
        refuses(with(TYPE_OF_SECOND_HEADER, 0), "no PVH entry");
        refuses(with(NOTE + 8, 17), "no PVH entry");
        refuses(with(NOTE, 0x7fffffff), "no PVH entry");
        refuses(with(NOTE + 4, -1), "no PVH entry");
        refuses(with(TYPE_OF_SECOND_HEADER + 8 + 4, -1), "cut short");
    }

    private void refuses(byte[] bytes, String problem) {
        assertThatThrownBy(() -> check(bytes))
                .isInstanceOf(ImageException.class)
                .hasMessageEndingWith("is not a kernel for a guest: " + problem);
    }

    private void check(byte[] bytes) throws Exception {
        Vmlinux.check(Files.write(directory.resolve("vmlinux"), bytes));
    }

    private static byte[] with(int offset, int value) {
        byte[] bytes = kernel();
        ByteBuffer.wrap(bytes).order(LITTLE_ENDIAN).putInt(offset, value);
        return bytes;
    }

    /** An ELF header, a loaded segment of 64 bytes, and a note with a PVH entry. */
    private static byte[] kernel() {
        ByteBuffer elf = ByteBuffer.allocate(NOTE + 20 + 64).order(LITTLE_ENDIAN);
        elf.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1});
        elf.putShort(18, (short) 62).putLong(32, 64);
        elf.putShort(54, (short) 56).putShort(56, (short) 2);
        elf.putInt(64, 1).putLong(64 + 8, NOTE + 20).putLong(64 + 32, 64);
        elf.putInt(TYPE_OF_SECOND_HEADER, 4)
                .putLong(TYPE_OF_SECOND_HEADER + 8, NOTE)
                .putLong(TYPE_OF_SECOND_HEADER + 32, 20);
        elf.putInt(NOTE, 4).putInt(NOTE + 4, 4).putInt(NOTE + 8, 18);
        elf.position(NOTE + 12).put(new byte[] {'X', 'e', 'n', 0}).putInt(0x1000000);
        return elf.array();
    }
}
