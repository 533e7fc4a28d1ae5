package dev.microsandbox.vmm.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class LocalSocketTest {

    /** More than the kernel keeps for a reader. */
    private static final int MUCH = 4 << 20;

    @Test
    void oneThreadReadsWhileAnotherWaitsToWrite() throws Exception {
        LocalSocket.Pair pair = LocalSocket.pair(LocalSocket.Kind.STREAM);
        try (LocalSocket ours = pair.ours();
                LocalSocket theirs = socket(pair)) {
            CompletableFuture<Integer> read = new CompletableFuture<>();
            Thread _ =
                    Thread.ofVirtual()
                            .start(
                                    () -> {
                                        try {
                                            boolean _ =
                                                    read.complete(
                                                            ours.read(ByteBuffer.allocate(10)));
                                        } catch (IOException e) {
                                            boolean _ = read.completeExceptionally(e);
                                        }
                                    });
            CompletableFuture<Integer> written = new CompletableFuture<>();
            Thread _ =
                    Thread.ofVirtual()
                            .start(
                                    () -> {
                                        try {
                                            ByteBuffer bytes = ByteBuffer.allocate(MUCH);
                                            while (bytes.hasRemaining()) {
                                                int _ = ours.write(bytes);
                                            }
                                            boolean _ = written.complete(MUCH);
                                        } catch (IOException e) {
                                            boolean _ = written.completeExceptionally(e);
                                        }
                                    });
            int _ = theirs.write(ByteBuffer.wrap(new byte[] {1}));
            assertThat(read.get(20, TimeUnit.SECONDS)).isEqualTo(1);
            assertThat(written).isNotDone();
            ByteBuffer sink = ByteBuffer.allocate(64 << 10);
            for (int count = 0; count < MUCH; ) {
                count += theirs.read(sink.clear());
            }
            assertThat(written.get(20, TimeUnit.SECONDS)).isEqualTo(MUCH);
        }
    }

    @Test
    void isQuietUntilTheOtherEndSendsOrCloses() throws Exception {
        LocalSocket.Pair pair = LocalSocket.pair(LocalSocket.Kind.STREAM);
        try (LocalSocket ours = pair.ours()) {
            try (LocalSocket theirs = socket(pair)) {
                assertThat(ours.isQuiet()).isTrue();
                int _ = theirs.write(ByteBuffer.wrap(new byte[] {1}));
                assertThat(ours.isQuiet()).isFalse();
                int _ = ours.read(ByteBuffer.allocate(1));
                assertThat(ours.isQuiet()).isTrue();
            }
            assertThat(ours.isQuiet()).isFalse();
        }
    }

    private static LocalSocket socket(LocalSocket.Pair pair) throws LinuxException {
        return LocalSocket.inherited(pair.theirs().number(), LocalSocket.Kind.STREAM);
    }
}
