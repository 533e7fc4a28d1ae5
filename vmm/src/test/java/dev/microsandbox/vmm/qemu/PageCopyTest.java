package dev.microsandbox.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.microsandbox.vmm.linux.OpenFile;
import dev.microsandbox.vmm.storage.Sha256;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PageCopyTest {

    private static final int PAGE = 4096;
    private static final int SIZE = 3 << 20;

    @TempDir private Path directory;

    private final byte[] contents = new byte[SIZE];

    @BeforeEach
    void someOfItIsZero() {
        Random random = new Random(1);
        for (int page = 0; page < SIZE / PAGE; page++) {
            if (page < 3 || page % 7 == 0 || page > 700) {
                contents[page * PAGE + random.nextInt(PAGE)] = 1;
            }
        }
    }

    @Test
    void copiesEverythingAndLeavesZerosOut() throws Exception {
        Path from = Files.write(directory.resolve("from"), contents);
        Path to = hole("to", SIZE);
        String hash = copy(from, to, SIZE);
        assertThat(Files.readAllBytes(to)).isEqualTo(contents);
        assertThat(hash).matches("[0-9a-f]{64}");
        Path sparse = hole("sparse", SIZE);
        assertThat(copy(to, sparse, SIZE)).as("whatever has holes").isEqualTo(hash);
        assertThat(Files.readAllBytes(sparse)).isEqualTo(contents);
    }

    @Test
    void zerosAreNotWritten() throws Exception {
        Path from = Files.write(directory.resolve("from"), new byte[SIZE]);
        Path to = hole("to", SIZE);
        assertThat(copy(from, to, SIZE)).isEqualTo(Sha256.of(new byte[0]));
        try (OpenFile file = OpenFile.readOnly(to)) {
            assertThat(file.nextData(0)).isEqualTo(SIZE);
        }
        assertThat(copy(to, hole("other", SIZE), SIZE)).isEqualTo(Sha256.of(new byte[0]));
    }

    @Test
    void aByteMoreOrElsewhereIsAnotherHash() throws Exception {
        Path from = Files.write(directory.resolve("from"), contents);
        String hash = copy(from, hole("to", SIZE), SIZE);
        contents[SIZE - 1]++;
        Path changed = Files.write(directory.resolve("changed"), contents);
        assertThat(copy(changed, hole("to2", SIZE), SIZE)).isNotEqualTo(hash);
        byte[] one = new byte[SIZE];
        one[0] = 1;
        byte[] two = new byte[SIZE];
        two[PAGE] = 1;
        assertThat(copy(Files.write(directory.resolve("one"), one), hole("a", SIZE), SIZE))
                .isNotEqualTo(
                        copy(Files.write(directory.resolve("two"), two), hole("b", SIZE), SIZE));
    }

    @Test
    void aFileThatIsShorterIsNoticed() throws Exception {
        Path from = Files.write(directory.resolve("from"), contents);
        Path to = hole("to", 2L * SIZE);
        try (RandomAccessFile file = new RandomAccessFile(from.toFile(), "rw")) {
            file.setLength(SIZE - 1);
        }
        assertThatIOException()
                .isThrownBy(() -> copy(from, to, SIZE))
                .withMessageContaining("shorter");
    }

    private Path hole(String name, long size) throws Exception {
        Path path = directory.resolve(name);
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(size);
        }
        return path;
    }

    private static String copy(Path from, Path to, long size) throws Exception {
        try (OpenFile source = OpenFile.readOnly(from);
                OpenFile target = OpenFile.readWrite(to)) {
            return PageCopy.copy(source, target, size);
        }
    }
}
