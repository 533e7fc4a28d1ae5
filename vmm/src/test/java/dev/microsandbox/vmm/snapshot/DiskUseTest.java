package dev.microsandbox.vmm.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskUseTest {

    @TempDir Path parent;

    @Test
    void sharedFilesCountOnceAsLongAsAnyHasThem() throws Exception {
        Path first = Files.createDirectory(parent.resolve("first"));
        Path second = Files.createDirectory(parent.resolve("second"));
        Files.write(first.resolve("memory.0"), new byte[64 << 10]);
        Files.createLink(second.resolve("memory.0"), first.resolve("memory.0"));
        Files.write(second.resolve("memory.1"), new byte[16 << 10]);

        assertThat(DiskUse.of(List.of(first))).isEqualTo(64 << 10);
        assertThat(DiskUse.of(List.of(first, second))).isEqualTo(80 << 10);

        Files.delete(first.resolve("memory.0"));
        Files.delete(first);
        assertThat(DiskUse.of(List.of(first, second))).isEqualTo(80 << 10);
    }

    @Test
    void holesTakeNothing() throws Exception {
        try (RandomAccessFile file =
                new RandomAccessFile(parent.resolve("memory.0").toFile(), "rw")) {
            file.setLength(1L << 30);
            file.seek(512 << 20);
            file.write(new byte[4096]);
        }
        assertThat(DiskUse.of(List.of(parent))).isBetween(4096L, 64L << 10);
    }
}
