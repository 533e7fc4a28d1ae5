package dev.microsandbox.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.ByteArrayInputStream;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TemplateFilesTest {

    @TempDir private Path directory;

    @Test
    void aStateIsWrittenAsItComes() throws Exception {
        byte[] state = new byte[200_000];
        state[199_999] = 1;
        Path file = Files.createFile(directory.resolve("state"));
        assertThat(receive(state, file)).isEqualTo(Sha256.of(state));
        assertThat(file).hasBinaryContent(state);
    }

    @Test
    void aStateWithoutAnEndIsNotKept() throws Exception {
        Path file = Files.createFile(directory.resolve("state"));
        byte[] most = new byte[TemplateFiles.MOST_STATE_BYTES];
        assertThat(receive(most, file)).isEqualTo(Sha256.of(most));
        assertThatIOException()
                .isThrownBy(() -> receive(new byte[most.length + 1], file))
                .withMessage("QEMU's state has more than 16777216 bytes");
    }

    private static String receive(byte[] state, Path file) throws Exception {
        return TemplateFiles.receiveState(
                Channels.newChannel(new ByteArrayInputStream(state)), file);
    }
}
