package dev.microsandbox.vmm.image.build;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microsandbox.vmm.ImageException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ErofsTest {

    private static final int SUPERBLOCK = 1024;

    @TempDir private Path directory;

    @Test
    void acceptsAnImage() {
        assertThatCode(() -> check(image())).doesNotThrowAnyException();
    }

    @Test
    void refusesWhatIsNone() {
        refuses(new byte[0], "it has no superblock");
        refuses(new byte[8192], "it has no superblock");
        refuses(Arrays.copyOf(image(), SUPERBLOCK + 64), "it has no superblock");
        refuses(Arrays.copyOf(image(), 8191), "it is cut short");
        refuses(with(12, 9), "its blocks are not of 4096 bytes");
        refuses(with(36, -1), "it is cut short");
        refuses(with(80, 1), "it is compressed, or newer than the guest's kernel");
    }

    private void refuses(byte[] bytes, String problem) {
        assertThatThrownBy(() -> check(bytes))
                .isInstanceOf(ImageException.class)
                .hasMessageEndingWith("is not an erofs file system for a guest: " + problem);
    }

    private void check(byte[] bytes) throws Exception {
        Erofs.check(Files.write(directory.resolve("rootfs.erofs"), bytes));
    }

    private static byte[] with(int offset, int value) {
        byte[] bytes = image();
        ByteBuffer.wrap(bytes).order(LITTLE_ENDIAN).putInt(SUPERBLOCK + offset, value);
        return bytes;
    }

    /** Two blocks. */
    private static byte[] image() {
        ByteBuffer image = ByteBuffer.allocate(8192).order(LITTLE_ENDIAN);
        image.putInt(SUPERBLOCK, 0xe0f5e1e2).put(SUPERBLOCK + 12, (byte) 12);
        return image.putInt(SUPERBLOCK + 36, 2).array();
    }
}
