package dev.microsandbox.vmm.virtio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microsandbox.vmm.memory.GuestMemory;
import dev.microsandbox.vmm.virtio.TestDriver.Buffer;
import dev.microsandbox.vmm.virtio.TestDriver.Used;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ConsoleTest {

    private static final int CONSOLE_TRANSMIT = 1;
    private static final int CONTROL_RECEIVE = 2;
    private static final int CONTROL_TRANSMIT = 3;
    private static final int AGENT_RECEIVE = 4;
    private static final int AGENT_TRANSMIT = 5;

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private GuestMemory memory;
    private Console console;
    private TestDriver driver;

    @BeforeEach
    void setUp() throws Exception {
        memory = GuestMemory.allocate(4 << 20);
        console =
                new Console(
                        "test.port",
                        bytes -> printed.writeBytes(bytes.toArray(ValueLayout.JAVA_BYTE)));
        driver = new TestDriver(console, memory).initialize();
    }

    @AfterEach
    void tearDown() {
        console.close();
        memory.close();
    }

    // Control messages.

    @Test
    void portsAreIntroducedInTheOrderThatDriversExpect() {
        for (int i = 0; i < 8; i++) {
            driver.ring(CONTROL_RECEIVE)
                    .add(Buffer.writable(TestDriver.BUFFERS + 0x8000 + i * 64L, 64));
        }
        assertThat(driver.get(MmioRegister.CONFIG + 4)).as("ports").isEqualTo(2);
        control(0, ControlMessage.DEVICE_READY, 1);
        assertThat(told()).containsExactly("0:1:1", "1:1:1");
        control(0, ControlMessage.PORT_READY, 1);
        assertThat(told()).containsExactly("0:4:1", "0:6:1");
        control(1, ControlMessage.PORT_READY, 1);
        assertThat(told()).containsExactly("1:7:1 test.port", "1:6:1");
    }

    @Test
    void messagesWaitForRoomAndDoNotMultiply() {
        for (int i = 0; i < 10_000; i++) {
            control(0, ControlMessage.DEVICE_READY, 1);
            control(1, ControlMessage.PORT_READY, 1);
        }
        for (int i = 0; i < 8; i++) {
            driver.ring(CONTROL_RECEIVE)
                    .add(Buffer.writable(TestDriver.BUFFERS + 0x8000 + i * 64L, 64));
        }
        driver.ring(CONTROL_RECEIVE).kick();
        assertThat(told()).containsExactly("0:1:1", "1:1:1", "1:7:1 test.port", "1:6:1");
    }

    @Test
    void nonsenseIsIgnored() {
        control(2, ControlMessage.PORT_READY, 1);
        control(-1, ControlMessage.PORT_OPEN, 1);
        control(0, 99, 1);
        control(0, ControlMessage.DEVICE_READY, 0);
        control(1, ControlMessage.PORT_READY, 0xffff);
        assertThat(driver.ring(CONTROL_TRANSMIT).request(Buffer.readable(TestDriver.BUFFERS, 7)))
                .hasSize(1);
        driver.ring(CONTROL_RECEIVE).add(Buffer.writable(TestDriver.BUFFERS + 0x8000, 64));
        driver.ring(CONTROL_RECEIVE).kick();
        assertThat(told()).isEmpty();
    }

    @Test
    void aMessageIsCutToTheRoomThereIs() {
        driver.ring(CONTROL_RECEIVE).add(Buffer.writable(TestDriver.BUFFERS + 0x8000, 3));
        control(0, ControlMessage.DEVICE_READY, 1);
        assertThat(driver.ring(CONTROL_RECEIVE).used()).containsExactly(new Used(0, 3));
    }

    // The console.

    @Test
    void theConsoleIsPrinted() {
        put(TestDriver.BUFFERS, "hello\n");
        driver.ring(CONSOLE_TRANSMIT)
                .request(
                        Buffer.readable(TestDriver.BUFFERS, 3),
                        Buffer.readable(TestDriver.BUFFERS + 3, 3));
        assertThat(printed.toString(StandardCharsets.UTF_8)).isEqualTo("hello\n");
    }

    /** In other hypervisors, unlimited output has exhausted the host's memory. */
    @Test
    void aFloodOfOutputIsServedInTurnsAndKeptNowhere() {
        int[] bytes = {0};
        Console counting = new Console("x", part -> bytes[0] += (int) part.byteSize());
        TestDriver other = new TestDriver(counting, memory).initialize();
        for (int round = 0; round < 100; round++) {
            for (int i = 0; i < 64; i++) {
                other.ring(CONSOLE_TRANSMIT).add(Buffer.readable(TestDriver.BUFFERS, 1 << 20));
            }
            assertThat(other.window.notified(CONSOLE_TRANSMIT)).isTrue();
            assertThat(other.ring(CONSOLE_TRANSMIT).used()).hasSize(64);
        }
        assertThat(bytes[0]).isEqualTo((int) (6400L << 20));
    }

    // The agent's port.

    @Test
    void bytesFromTheGuestAreReadOnceAndInOrder() throws Exception {
        put(TestDriver.BUFFERS, "abcdefgh");
        driver.ring(AGENT_TRANSMIT)
                .add(
                        Buffer.readable(TestDriver.BUFFERS, 3),
                        Buffer.readable(TestDriver.BUFFERS, 0),
                        Buffer.readable(TestDriver.BUFFERS + 3, 2));
        driver.ring(AGENT_TRANSMIT).add(Buffer.readable(TestDriver.BUFFERS + 5, 3));
        byte[] two = new byte[2];
        assertThat(console.fromAgent().read(two, 0, 2)).isEqualTo(2);
        assertThat(two).asString(StandardCharsets.UTF_8).isEqualTo("ab");
        assertThat(driver.ring(AGENT_TRANSMIT).used()).as("not wholly read").isEmpty();
        assertThat(console.fromAgent().read()).isEqualTo('c');
        byte[] rest = new byte[100];
        assertThat(console.fromAgent().read(rest)).isEqualTo(5);
        assertThat(new String(rest, 0, 5, StandardCharsets.UTF_8)).isEqualTo("defgh");
        assertThat(driver.ring(AGENT_TRANSMIT).used()).hasSize(2);
    }

    @Test
    void aReaderWaitsForTheGuest() throws Exception {
        CompletableFuture<Integer> read =
                CompletableFuture.supplyAsync(() -> readOne(), Thread::startVirtualThread);
        assertThatThrownBy(() -> read.get(100, TimeUnit.MILLISECONDS))
                .isInstanceOf(TimeoutException.class);
        put(TestDriver.BUFFERS, "x");
        driver.ring(AGENT_TRANSMIT).request(Buffer.readable(TestDriver.BUFFERS, 1));
        assertThat(read.get(10, TimeUnit.SECONDS)).isEqualTo('x');
    }

    @Test
    void emptyBuffersAreGivenBackAndTellNothing() throws Exception {
        CompletableFuture<Integer> read =
                CompletableFuture.supplyAsync(() -> readOne(), Thread::startVirtualThread);
        for (int i = 0; i < 40; i++) {
            driver.ring(AGENT_TRANSMIT).add(Buffer.readable(TestDriver.BUFFERS, 0));
        }
        driver.ring(AGENT_TRANSMIT).add(Buffer.writable(TestDriver.BUFFERS, 10));
        driver.ring(AGENT_TRANSMIT).kick();
        assertThatThrownBy(() -> read.get(100, TimeUnit.MILLISECONDS))
                .isInstanceOf(TimeoutException.class);
        put(TestDriver.BUFFERS, "y");
        driver.ring(AGENT_TRANSMIT).add(Buffer.readable(TestDriver.BUFFERS, 1));
        driver.ring(AGENT_TRANSMIT).kick();
        assertThat(read.get(10, TimeUnit.SECONDS)).isEqualTo('y');
        assertThat(driver.ring(AGENT_TRANSMIT).used()).hasSize(42);
    }

    @Test
    void bytesToTheGuestWaitForItsOpeningAndForRoom() throws Exception {
        CompletableFuture<Void> write =
                CompletableFuture.runAsync(() -> write("hello"), Thread::startVirtualThread);
        driver.ring(AGENT_RECEIVE).add(Buffer.writable(TestDriver.BUFFERS + 0x9000, 3));
        driver.ring(AGENT_RECEIVE).kick();
        assertThatThrownBy(() -> write.get(100, TimeUnit.MILLISECONDS))
                .isInstanceOf(TimeoutException.class);
        assertThat(driver.ring(AGENT_RECEIVE).used()).as("not open").isEmpty();
        control(1, ControlMessage.PORT_OPEN, 1);
        assertThatThrownBy(() -> write.get(100, TimeUnit.MILLISECONDS))
                .isInstanceOf(TimeoutException.class);
        assertThat(driver.ring(AGENT_RECEIVE).used()).containsExactly(new Used(0, 3));
        driver.ring(AGENT_RECEIVE).add(Buffer.writable(TestDriver.BUFFERS + 0x9003, 30));
        driver.ring(AGENT_RECEIVE).kick();
        write.get(10, TimeUnit.SECONDS);
        assertThat(driver.ring(AGENT_RECEIVE).used()).containsExactly(new Used(1, 2));
        assertThat(memory.slice(TestDriver.BUFFERS + 0x9000, 5).toArray(ValueLayout.JAVA_BYTE))
                .asString(StandardCharsets.UTF_8)
                .isEqualTo("hello");
    }

    @Test
    void aResetDoesNotLoseWhoWaits() throws Exception {
        CompletableFuture<Integer> read =
                CompletableFuture.supplyAsync(() -> readOne(), Thread::startVirtualThread);
        CompletableFuture<Void> write =
                CompletableFuture.runAsync(() -> write("z"), Thread::startVirtualThread);
        for (int i = 0; i < 20; i++) {
            driver.initialize();
        }
        put(TestDriver.BUFFERS, "x");
        driver.ring(AGENT_TRANSMIT).request(Buffer.readable(TestDriver.BUFFERS, 1));
        assertThat(read.get(10, TimeUnit.SECONDS)).isEqualTo('x');
        driver.ring(AGENT_RECEIVE).add(Buffer.writable(TestDriver.BUFFERS + 0x9000, 3));
        control(1, ControlMessage.PORT_OPEN, 1);
        write.get(10, TimeUnit.SECONDS);
    }

    @Test
    void theEndWakesWhoWaits() throws Exception {
        CompletableFuture<Integer> read =
                CompletableFuture.supplyAsync(() -> readOne(), Thread::startVirtualThread);
        CompletableFuture<Void> write =
                CompletableFuture.runAsync(() -> write("z"), Thread::startVirtualThread);
        assertThatThrownBy(() -> read.get(50, TimeUnit.MILLISECONDS))
                .isInstanceOf(TimeoutException.class);
        console.close();
        console.close();
        assertThat(read.get(10, TimeUnit.SECONDS)).isEqualTo(-1);
        assertThatThrownBy(() -> write.get(10, TimeUnit.SECONDS))
                .hasRootCauseMessage("the machine has ended");
        assertThat(console.fromAgent().read(new byte[4])).isEqualTo(-1);
        // Notifications in flight have no effect.
        driver.ring(AGENT_TRANSMIT).request(Buffer.readable(TestDriver.BUFFERS, 1));
        assertThat(console.fromAgent().read()).isEqualTo(-1);
    }

    /**
     * A driver that gives back empty buffers as fast as they are used would keep the reader busy
     * for ever, with the device's lock in its hand.
     */
    @Test
    void emptyBuffersWithoutEndBreakTheQueueThatSendsThem() throws Exception {
        CompletableFuture<Integer> read =
                CompletableFuture.supplyAsync(() -> readOne(), Thread::startVirtualThread);
        assertBrokenByRefilling(driver.ring(AGENT_TRANSMIT), 0);
        driver.initialize();
        put(TestDriver.BUFFERS, "x");
        driver.ring(AGENT_TRANSMIT).request(Buffer.readable(TestDriver.BUFFERS, 1));
        assertThat(read.get(10, TimeUnit.SECONDS)).isEqualTo('x');
    }

    @Test
    void emptyBuffersWithoutEndBreakTheQueueThatReceivesThem() throws Exception {
        control(1, ControlMessage.PORT_OPEN, 1);
        CompletableFuture<Void> write =
                CompletableFuture.runAsync(() -> write("z"), Thread::startVirtualThread);
        assertBrokenByRefilling(driver.ring(AGENT_RECEIVE), 2);
        driver.initialize();
        driver.ring(AGENT_RECEIVE).add(Buffer.writable(TestDriver.BUFFERS + 0x9000, 3));
        control(1, ControlMessage.PORT_OPEN, 1);
        write.get(10, TimeUnit.SECONDS);
    }

    /** Fills a ring with empty buffers, and again whenever the device has used some. */
    private void assertBrokenByRefilling(TestDriver.Ring ring, int flags) throws Exception {
        for (int i = 0; i < ring.size; i++) {
            ring.descriptor(i, TestDriver.BUFFERS, 0, flags, 0);
            ring.offer(i);
        }
        AtomicBoolean stopped = new AtomicBoolean();
        Thread refilling =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    while (!stopped.get()) {
                                        int used = memory.u16Acquire(ring.used + 2);
                                        ring.setAvailableIndex(used + ring.size);
                                    }
                                });
        try {
            ring.kick();
            // The status is behind the device's lock.
            CompletableFuture<Boolean> broken =
                    CompletableFuture.supplyAsync(
                            () -> awaitReset(ring), Thread::startVirtualThread);
            assertThat(broken.get(5, TimeUnit.SECONDS)).isTrue();
            assertThat(driver.log).anyMatch(line -> line.contains("buffers without a byte"));
        } finally {
            stopped.set(true);
            refilling.join();
        }
    }

    private boolean awaitReset(TestDriver.Ring ring) {
        try {
            while (!driver.needsReset()) {
                // The device may have used all there was before there was more.
                ring.kick();
                Thread.sleep(5);
            }
            return true;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private int readOne() {
        try {
            return console.fromAgent().read();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void write(String text) {
        try {
            console.toAgent().write(text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void control(int port, int event, int value) {
        long at = TestDriver.BUFFERS + 0x4000;
        memory.putU32(at, port);
        memory.putU16(at + 4, event);
        memory.putU16(at + 6, value);
        assertThat(driver.ring(CONTROL_TRANSMIT).request(Buffer.readable(at, 8))).hasSize(1);
    }

    /** The device's messages on the control queue, as "port:event:value text". */
    private List<String> told() {
        List<String> messages = new ArrayList<>();
        for (Used used : driver.ring(CONTROL_RECEIVE).used()) {
            long at = TestDriver.BUFFERS + 0x8000 + used.head() * 64L;
            String tail =
                    new String(
                            memory.slice(at + 8, used.length() - 8).toArray(ValueLayout.JAVA_BYTE),
                            StandardCharsets.UTF_8);
            messages.add(
                    "%d:%d:%d %s"
                            .formatted(memory.u32(at), memory.u16(at + 4), memory.u16(at + 6), tail)
                            .strip());
        }
        return messages;
    }

    private void put(long address, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        memory.slice(address, bytes.length).copyFrom(MemorySegment.ofArray(bytes));
    }
}
