package dev.microsandbox.mcp.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class EventStreamTest {

    private static final Duration SHORT = Duration.ofMillis(50);

    private final EventStream stream = new EventStream();

    private static byte[] message(int number) {
        return new byte[] {(byte) number};
    }

    /** A writer that waits because the stream is full. */
    private CompletableFuture<Void> blockedWriter() throws IOException {
        for (int i = 0; i < 16; i++) {
            stream.send(message(i));
        }
        return CompletableFuture.runAsync(
                () -> {
                    try {
                        stream.send(message(16));
                    } catch (IOException e) {
                        throw new IllegalStateException(e);
                    }
                });
    }

    @Test
    void messagesComeInOrderAndThenTheEnd() throws Exception {
        stream.send(message(1));
        stream.finish(message(2));
        assertThat(stream.isDone()).isFalse();
        assertThat(stream.poll(SHORT)).containsExactly(1);
        assertThat(stream.poll(SHORT)).containsExactly(2);
        assertThat(stream.isDone()).isTrue();
        assertThat(stream.poll(SHORT)).isNull();
    }

    @Test
    void waitingForAMessageEndsInTime() throws Exception {
        assertThat(stream.poll(SHORT)).isNull();
        assertThat(stream.isDone()).isFalse();
    }

    @Test
    void nothingIsAddedAfterTheEnd() {
        stream.end();
        assertThatIOException().isThrownBy(() -> stream.send(message(1)));
    }

    @Test
    void aSlowReaderHoldsTheWriterUp() throws Exception {
        CompletableFuture<Void> writer = blockedWriter();
        Thread.sleep(100);
        assertThat(writer).isNotDone();
        assertThat(stream.poll(SHORT)).containsExactly(0);
        writer.get(5, TimeUnit.SECONDS);
        for (int i = 1; i <= 16; i++) {
            assertThat(stream.poll(SHORT)).containsExactly(i);
        }
    }

    @Test
    void aReaderThatIsGoneReleasesTheWriter() throws Exception {
        CompletableFuture<Void> writer = blockedWriter();
        Thread.sleep(50);
        stream.abandon();
        assertThat(writer).failsWithin(Duration.ofSeconds(5));
        assertThat(stream.isDone()).isTrue();
        assertThat(stream.poll(SHORT)).isNull();
    }
}
