package dev.microsandbox.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.microsandbox.vmm.storage.Sha256;
import java.io.ByteArrayInputStream;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateStreamTest {

    @TempDir private Path directory;

    @Test
    void aStateIsWrittenAsItComes() throws Exception {
        byte[] state = new byte[90_000];
        state[89_999] = 1;
        Path file = Files.createFile(directory.resolve("state"));
        assertThat(receive(state, file)).isEqualTo(Sha256.of(state));
        assertThat(file).hasBinaryContent(state);
    }

    @Test
    void aStateWithoutAnEndIsNotKept() throws Exception {
        Path file = Files.createFile(directory.resolve("state"));
        byte[] most = new byte[100_000];
        assertThat(receive(most, file)).isEqualTo(Sha256.of(most));
        assertThatIOException()
                .isThrownBy(() -> receive(new byte[most.length + 1], file))
                .withMessage("QEMU's state has more than 100000 bytes");
    }

    @Test
    void whatNobodyWaitsForIsNotRead() throws Exception {
        Path file = Files.createFile(directory.resolve("state"));
        assertThatIOException()
                .isThrownBy(() -> receive(new byte[10], file, () -> true))
                .withMessage("nobody waits for it any more");
        assertThat(file).isEmptyFile();
    }

    private static String receive(byte[] state, Path file) throws Exception {
        return receive(state, file, () -> false);
    }

    private static String receive(byte[] state, Path file, BooleanSupplier abandoned)
            throws Exception {
        return StateStream.receive(
                Channels.newChannel(new ByteArrayInputStream(state)), file, 100_000, abandoned);
    }
}
