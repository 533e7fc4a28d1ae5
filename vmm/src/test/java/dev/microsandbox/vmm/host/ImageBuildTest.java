package dev.microsandbox.vmm.host;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ImageBuildTest {

    @TempDir Path directory;

    @Test
    void messagesAreReportedLineByLine() throws Exception {
        List<String> said = new CopyOnWriteArrayList<>();
        ImageBuild.follow(
                        InputStream.nullInputStream(),
                        new ByteArrayInputStream("msb: Building\nother\n".getBytes(UTF_8)),
                        said::add)
                .join();
        assertThat(said).containsExactly("Building", "other");
    }

    /** A server's requests are virtual threads. */
    @Test
    void aBuildThatSaysNothingHoldsUpNoRequest() throws Exception {
        List<AutoCloseable> ends = new ArrayList<>();
        try {
            for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
                Thread _ = ImageBuild.follow(silent(ends), silent(ends), line -> {});
            }
            Thread request = Thread.ofVirtual().start(Thread::yield);
            assertThat(request.join(Duration.ofSeconds(10))).isTrue();
        } finally {
            for (AutoCloseable end : ends) {
                end.close();
            }
        }
    }

    /** A pipe to which nobody writes, and which ends when its other end is closed. */
    private InputStream silent(List<AutoCloseable> ends) throws IOException, InterruptedException {
        Path pipe = directory.resolve("pipe" + ends.size());
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
        ends.add(new RandomAccessFile(pipe.toFile(), "rw"));
        return new FileInputStream(pipe.toFile());
    }
}
