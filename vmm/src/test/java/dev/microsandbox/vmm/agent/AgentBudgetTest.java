package dev.microsandbox.vmm.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microsandbox.vmm.ExecRequest;
import dev.microsandbox.vmm.MimeBundle;
import dev.microsandbox.vmm.OutputListener;
import dev.microsandbox.vmm.RunListener;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxFiles;
import dev.microsandbox.vmm.SandboxLostException;
import dev.microsandbox.vmm.agent.stream.RecordMemory;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What an operation may send at most, and what becomes of a machine whose agent sends more. */
@Timeout(20)
class AgentBudgetTest {

    private final FakeMachine machine = new FakeMachine();

    @AfterEach
    void stop() {
        machine.close();
    }

    @Test
    void aCancelledCallEndsAlthoughTheAgentKeepsSending() throws Exception {
        Sandbox sandbox = attackedBy(Attack.ENDLESS_DATA);
        CountDownLatch underWay = new CountDownLatch(1);
        CompletableFuture<String> outcome = new CompletableFuture<>();
        OutputListener listener =
                new OutputListener() {
                    @Override
                    public void stdout(byte[] bytes) {
                        underWay.countDown();
                    }

                    @Override
                    public void stderr(byte[] bytes) {}
                };
        Thread caller =
                Thread.startVirtualThread(
                        () -> {
                            try {
                                sandbox.exec(ExecRequest.of("yes"), listener);
                                outcome.complete("ended");
                            } catch (InterruptedException e) {
                                outcome.complete("interrupted");
                            }
                        });
        underWay.await();
        caller.interrupt();
        assertThat(outcome.get(10, TimeUnit.SECONDS)).isEqualTo("interrupted");
        assertThat(machine.awaitStop()).isTrue();
        assertThatThrownBy(sandbox::info)
                .isInstanceOf(SandboxLostException.class)
                .hasMessage("The sandbox's agent kept sending after its call was cancelled.");
    }

    @Test
    void aReadBringsNoMoreThanWasAskedFor() throws Exception {
        Sandbox sandbox = attackedBy(Attack.MORE);
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        assertThatThrownBy(() -> sandbox.files().read("x", 0, 1000, read))
                .isInstanceOf(SandboxLostException.class)
                .hasMessageContaining("more than was asked for");
        assertThat(read.size()).isLessThanOrEqualTo(1000);
    }

    @Test
    void theTimeZoneOfAWakeIsReadInBounds() throws Exception {
        Sandbox sandbox = attackedBy(Attack.ENDLESS_DATA);
        assertThatThrownBy(() -> GuestTimeZone.change(sandbox, "Europe/Berlin"))
                .isInstanceOf(SandboxLostException.class)
                .hasMessageContaining("more than was asked for");
    }

    @Test
    void thereAreNoMoreVariablesThanTheProtocolSays() throws Exception {
        Sandbox sandbox = attackedBy(Attack.MORE);
        assertThatThrownBy(() -> sandbox.variables("python"))
                .isInstanceOf(SandboxLostException.class)
                .hasMessageContaining("more records than were asked for");
    }

    @Test
    void aListingTakesABoundedAmountOfMemory() throws Exception {
        Sandbox sandbox = attackedBy(Attack.MOST);
        SandboxFiles.Listing listing = sandbox.files().list("x", 1, 100_000);
        assertThat(listing.truncated()).isTrue();
        assertThat(listing.entries()).hasSizeBetween(1000, 1100);
        assertThat(sandbox.isAlive()).isTrue();
    }

    @Test
    void anAgentThatAsksWithoutPauseWhetherTheHostAnswersIsGivenUp() throws Exception {
        Sandbox sandbox = attackedBy(Attack.PING_FLOOD);
        assertThatThrownBy(sandbox::info)
                .isInstanceOf(SandboxLostException.class)
                .hasMessageContaining("a ping before the last one was answered");
    }

    @Test
    void eachKindOfRecordHasItsOwnMaximum() {
        assertTooLong(Displays::most, Protocol.RECORD_CLEAR, 3);
        assertTooLong(Displays::most, Protocol.RECORD_DISPLAY, Protocol.RECORD_MAX + 1);
        assertTooLong(
                new Calls.Records(Protocol.RECORD_ENTRY, Protocol.ENTRY_MAX, 1),
                Protocol.RECORD_ENTRY,
                Protocol.ENTRY_MAX + 1);
        assertTooLong(
                new Calls.Records(Protocol.RECORD_VARIABLE, Protocol.VARIABLE_MAX, 1),
                Protocol.RECORD_VARIABLE,
                Protocol.VARIABLE_MAX + 1);
    }

    private static void assertTooLong(RecordParser.Limits limits, int kind, int size) {
        try (RecordParser parser =
                new RecordParser(
                        limits, RecordMemory.OF_PROCESS, new Object(), (_, body) -> body.rest())) {
            byte[] head = new PayloadWriter().u32(size).u8(kind).frame(0, 0);
            assertThatExceptionOfType(ProtocolException.class)
                    .isThrownBy(
                            () ->
                                    parser.feed(
                                            Arrays.copyOfRange(
                                                    head, Protocol.FRAME_HEADER, head.length)))
                    .withMessage("a record of " + size + " bytes");
        }
    }

    /** What there is no memory for is named, and what follows it is shown. */
    @Test
    void aDisplayWithoutMemoryIsLeftOutWithANote() throws Exception {
        List<String> shown = new ArrayList<>();
        Recorder listener = new Recorder(shown);
        RecordMemory small =
                new RecordMemory(2 << 20, Duration.ofMillis(1), Duration.ofSeconds(10));
        Object owner = new Object();
        try (RecordParser parser =
                        new RecordParser(Displays::most, small, owner, new Displays(listener));
                RecordParser other =
                        new RecordParser(Displays::most, small, owner, new Displays(listener))) {
            parser.feed(display(3 << 20));
            byte[] whole = display(1 << 19);
            parser.feed(Arrays.copyOf(whole, 100_000));
            other.feed(whole);
            parser.feed(Arrays.copyOfRange(whole, 100_000, whole.length));
            parser.feed(display(10));
        }
        assertThat(shown)
                .containsExactly(
                        "text/plain [a value of 3145750 bytes: the server has no memory to show"
                                + " it; save it to a file]",
                        "text/plain [a value of 524310 bytes: the server has no memory to show"
                                + " it; save it to a file]",
                        "image/png 524288",
                        "image/png 10");
        assertThat(small.taken()).isZero();
    }

    private static byte[] display(int size) {
        byte[] data = new byte[size];
        int body = 4 + 4 + 9 + 4 + size;
        byte[] head =
                new PayloadWriter()
                        .u32(body + 1)
                        .u8(Protocol.RECORD_DISPLAY)
                        .u32(1)
                        .str("image/png")
                        .u32(size)
                        .frame(0, 0);
        byte[] record = Arrays.copyOfRange(head, Protocol.FRAME_HEADER, head.length + data.length);
        assertThat(record).hasSize(4 + 1 + body);
        return record;
    }

    /** Notes what is displayed. */
    private record Recorder(List<String> shown) implements RunListener {

        @Override
        public void stdout(byte[] bytes) {}

        @Override
        public void stderr(byte[] bytes) {}

        @Override
        public void display(MimeBundle bundle) {
            MimeBundle.Representation first = bundle.representations().getFirst();
            shown.add(
                    first.mimeType()
                            + " "
                            + (first.mimeType().startsWith("text/")
                                    ? new String(first.data(), StandardCharsets.UTF_8)
                                    : Integer.toString(first.data().length)));
        }

        @Override
        public void result(MimeBundle bundle) {
            display(bundle);
        }

        @Override
        public void clear() {}
    }

    private Sandbox attackedBy(Attack attack) throws Exception {
        HostileAgent agent = new HostileAgent(machine, attack);
        agent.start();
        Sandbox sandbox = AgentSandbox.connect("s", machine, SandboxConfig.DEFAULT);
        agent.arm();
        return sandbox;
    }
}
