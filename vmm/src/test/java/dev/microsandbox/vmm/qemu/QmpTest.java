package dev.microsandbox.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.microsandbox.vmm.SeededCases;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The monitor's client with a monitor that may send anything. */
@Timeout(30)
class QmpTest {

    private static final String GREETING = "{\"QMP\": {\"version\": {}, \"capabilities\": []}}\n";
    private static final String DONE = "{\"return\": {}}\n";
    private static final String EVENT = "{\"timestamp\": {\"seconds\": 1}, \"event\": \"STOP\"}\n";

    @Test
    void answersAreFoundAmongEvents() throws Exception {
        String said =
                GREETING
                        + DONE
                        + EVENT
                        + DONE
                        + EVENT
                        + EVENT
                        + "{\"return\": {\"status\": \"paused\"}}\n";
        try (Qmp qmp = Qmp.begin(saying(said))) {
            assertThat(qmp.execute("query-status")).isEqualTo(Map.of("status", "paused"));
        }
    }

    @Test
    void refusalsSayWhy() throws Exception {
        String refusal =
                "{\"error\": {\"class\": \"GenericError\", \"desc\": \"there is no such file\"}}\n";
        try (Qmp qmp = Qmp.begin(saying(GREETING + DONE + DONE + refusal))) {
            assertThatIOException()
                    .isThrownBy(() -> qmp.execute("migrate"))
                    .withMessage("QEMU refuses migrate: there is no such file");
        }
    }

    @Test
    void whatHasBecomeOfAMigrationIsKnown() throws Exception {
        String active = "{\"return\": {\"status\": \"active\"}}\n";
        String said =
                GREETING
                        + DONE
                        + DONE
                        + DONE
                        + active
                        + active
                        + DONE
                        + "{\"return\": {\"status\": \"completed\"}}\n"
                        + "{\"return\": {\"status\": \"failed\", \"error-desc\": \"no space\"}}\n";
        try (Qmp qmp = Qmp.begin(saying(said))) {
            assertThat(qmp.isMigrating()).isFalse();
            assertThat(qmp.isMigrating()).isTrue();
            assertThat(qmp.isMigrated()).isFalse();
            assertThat(qmp.isMigrating()).isFalse();
            assertThat(qmp.isMigrated()).isTrue();
            assertThatIOException()
                    .isThrownBy(qmp::isMigrated)
                    .withMessage("QEMU's migration failed: no space");
            assertThatIOException()
                    .isThrownBy(() -> qmp.execute("stop"))
                    .withMessage("QEMU has closed its monitor");
        }
    }

    @Test
    void whoDoesNotGreetIsNoMonitor() {
        assertThatIOException()
                .isThrownBy(() -> Qmp.begin(saying(DONE)))
                .withMessage("QEMU's monitor does not greet");
    }

    @Test
    void aLineWithoutAnEndIsNotKept() {
        assertThatIOException()
                .isThrownBy(() -> Qmp.begin(saying("x".repeat(100_000))))
                .withMessage("QEMU's monitor answers without an end");
    }

    @Test
    void anInterruptEndsTheWaiting() throws Exception {
        try (SocketPair pair = SocketPair.open()) {
            CompletableFuture<Throwable> end = new CompletableFuture<>();
            Thread waiting =
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        try (Qmp _ = Qmp.begin(pair.ours())) {
                                            end.completeExceptionally(new AssertionError("begun"));
                                        } catch (IOException | InterruptedException e) {
                                            end.complete(e);
                                        }
                                    });
            waiting.interrupt();
            assertThat(end.get(10, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
        }
    }

    @Test
    void whateverItSaysIsAnAnswerOrAnError() {
        SeededCases.check(1000, values -> assertAnswerOrError(values.bytes(255)));
    }

    @FuzzTest
    void anythingThatItSaysIsAnAnswerOrAnError(byte[] said) throws Exception {
        assertAnswerOrError(said);
    }

    /** The connection ends after these bytes, which contain no answer to the last command. */
    private static void assertAnswerOrError(byte[] said) throws Exception {
        String text = GREETING + DONE + DONE + new String(said, StandardCharsets.ISO_8859_1);
        try (Qmp qmp = Qmp.begin(saying(text))) {
            for (int line = 0; line <= said.length; line++) {
                assertThat(qmp.execute("stop")).isNotNull();
            }
            throw new AssertionError("more answers than lines");
        } catch (IOException e) {
            assertThat(e.getMessage()).startsWith("QEMU");
        }
    }

    /** A connection whose other end has sent the text and has closed. */
    private static SocketChannel saying(String text) throws IOException {
        SocketPair pair = SocketPair.open();
        Thread.startVirtualThread(
                () -> {
                    try (SocketChannel theirs = pair.theirs()) {
                        ByteBuffer bytes = StandardCharsets.ISO_8859_1.encode(text);
                        while (bytes.hasRemaining()) {
                            theirs.write(bytes);
                        }
                        // Reads the commands, because closing with unread input would be an error.
                        theirs.shutdownOutput();
                        ByteBuffer told = ByteBuffer.allocate(4096);
                        while (theirs.read(told.clear()) >= 0) {
                            assertThat(told.position()).isPositive();
                        }
                    } catch (IOException e) {
                        return; // the client has gone
                    }
                });
        return pair.ours();
    }
}
