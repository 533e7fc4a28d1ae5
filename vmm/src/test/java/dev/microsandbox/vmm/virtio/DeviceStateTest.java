package dev.microsandbox.vmm.virtio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microsandbox.vmm.memory.GuestMemory;
import dev.microsandbox.vmm.virtio.TestDriver.Buffer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Devices that continue from the saved state of others, on the same memory. */
@Timeout(30)
@SuppressWarnings("NullAway.Init") // made before each test
class DeviceStateTest {

    private static final int CONTROL_TRANSMIT = 3;
    private static final int AGENT_RECEIVE = 4;
    private static final int AGENT_TRANSMIT = 5;

    private static final int NO_TRANSPORT = 0;

    private final AtomicInteger interrupts = new AtomicInteger();
    private GuestMemory memory;

    @BeforeEach
    void allocate() throws Exception {
        memory = GuestMemory.allocate(4 << 20);
    }

    @AfterEach
    void free() {
        memory.close();
    }

    /** Another device of the same kind, restored without having seen the driver. */
    private VirtioMmio successor(VirtioMmio window, VirtioDevice other) {
        VirtioMmio restored =
                new VirtioMmio(other, memory, interrupts::incrementAndGet, line -> {});
        restored.restore(window.save());
        assertThat(restored.save()).isEqualTo(window.save());
        return restored;
    }

    private void put(long address, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        memory.slice(address, bytes.length).copyFrom(MemorySegment.ofArray(bytes));
    }

    @Test
    void queuesGoOnWithEitherWayOfNotifying() {
        for (long feature : new long[] {NO_TRANSPORT, TransportFeature.EVENT_IDX}) {
            TestDriver driver =
                    new TestDriver(new Entropy(), memory)
                            .initialize(feature | TransportFeature.VERSION_1);
            for (int i = 0; i < 100; i++) {
                assertThat(driver.ring(0).request(Buffer.writable(TestDriver.BUFFERS + i * 64L, 8)))
                        .hasSize(1);
            }
            // With the event index, the driver asks for an interrupt for the next chain.
            TestDriver.Ring ring = driver.ring(0);
            memory.putU16(ring.available + 4 + 2L * ring.size, 100);
            // A chain is available, but its notification is lost.
            int head = ring.add(Buffer.writable(TestDriver.BUFFERS, 16));
            VirtioMmio restored = successor(driver.window, new Entropy());
            assertThat(restored.notified(0)).isFalse();
            assertThat(driver.ring(0).used()).containsExactly(new TestDriver.Used(head, 16));
            assertThat(interrupts.getAndSet(0)).isEqualTo(1);
        }
    }

    @Test
    void registersAreFoundAsTheyWereWritten() {
        EchoDevice echo = new EchoDevice();
        TestDriver driver = new TestDriver(echo, memory);
        // In the middle of the setup, nothing is active yet.
        driver.negotiate(EchoDevice.FEATURE | TransportFeature.VERSION_1);
        driver.set(MmioRegister.QUEUE_SELECT, 1);
        driver.set(MmioRegister.QUEUE_SIZE, 4);
        driver.set(MmioRegister.QUEUE_DESC_LOW, 0x4000);
        driver.set(MmioRegister.QUEUE_DESC_HIGH, 0x1);
        EchoDevice other = new EchoDevice();
        VirtioMmio restored = successor(driver.window, other);
        assertThat(other.activations).isEmpty();
        assertThat(restored.read(MmioRegister.STATUS, 4)).isEqualTo(driver.status());
        WindowState state = restored.save();
        assertThat(state.queues().get(1).size()).isEqualTo(4);
        assertThat(state.queues().get(1).descriptors()).isEqualTo(0x1_0000_4000L);
        assertThat(state.queueSelect()).isEqualTo(1);
        assertThat(state.active()).isFalse();
        // The driver can continue: settings are frozen, and a reset works, as always.
        restored.write(MmioRegister.STATUS, 4, 0);
        assertThat(restored.save().queues().get(1).descriptors()).isZero();
    }

    @Test
    void anActiveDeviceIsActivatedWithWhatWasAgreed() {
        EchoDevice echo = new EchoDevice();
        TestDriver driver = new TestDriver(echo, memory).initialize();
        assertThat(driver.ring(1).request(Buffer.readable(TestDriver.BUFFERS, 5))).hasSize(1);
        EchoDevice other = new EchoDevice();
        VirtioMmio restored = successor(driver.window, other);
        assertThat(other.activations).hasSize(1);
        assertThat(other.activations.getFirst().features()).isEqualTo(EchoDevice.FEATURE);
        int head = driver.ring(1).add(Buffer.readable(TestDriver.BUFFERS, 5));
        assertThat(restored.notified(1)).isFalse();
        assertThat(driver.ring(1).used()).containsExactly(new TestDriver.Used(head, 0));
    }

    /** A restore in place discards everything that happened after the save. */
    @Test
    void aDeviceIsRestoredAsWellAfterItHasGoneOn() {
        EchoDevice echo = new EchoDevice();
        TestDriver driver = new TestDriver(echo, memory).initialize();
        WindowState saved = driver.window.save();
        driver.set(MmioRegister.STATUS, 0);
        assertThat(driver.window.save()).isNotEqualTo(saved);
        driver.window.restore(saved);
        assertThat(driver.window.save()).isEqualTo(saved);
    }

    @Test
    void aBrokenQueueStaysBroken() {
        TestDriver driver = new TestDriver(new Entropy(), memory).initialize();
        driver.ring(0).offer(9999);
        driver.ring(0).kick();
        assertThat(driver.needsReset()).isTrue();
        Entropy other = new Entropy();
        VirtioMmio restored = successor(driver.window, other);
        assertThat(restored.read(MmioRegister.STATUS, 4) & DeviceStatus.NEEDS_RESET).isNotZero();
        driver.ring(0).add(Buffer.writable(TestDriver.BUFFERS, 16));
        assertThat(restored.notified(0)).isFalse();
        assertThat(driver.ring(0).used()).isEmpty();
    }

    @Test
    void anInterruptThatWasNotAcknowledgedIsRaisedAgain() {
        TestDriver driver = new TestDriver(new Entropy(), memory).initialize();
        assertThat(driver.ring(0).request(Buffer.writable(TestDriver.BUFFERS, 8))).hasSize(1);
        VirtioMmio restored = successor(driver.window, new Entropy());
        interrupts.set(0);
        restored.raiseAgain();
        assertThat(interrupts).hasValue(1);
        restored.write(MmioRegister.INTERRUPT_ACK, 4, 1);
        restored.raiseAgain();
        assertThat(interrupts).hasValue(1);
    }

    @Test
    void anotherKindOfDeviceIsRefused() {
        TestDriver entropy = new TestDriver(new Entropy(), memory).initialize();
        Console console = new Console("x", _ -> {});
        VirtioMmio consoles = new VirtioMmio(console, memory, () -> {}, line -> {});
        VirtioMmio balloons = new VirtioMmio(new Balloon(memory), memory, () -> {}, line -> {});
        assertThatIllegalArgumentException()
                .isThrownBy(() -> consoles.restore(entropy.window.save()))
                .withMessage("a device with 6 queues does not have the 1 of the state");
        WindowState balloon = balloons.save();
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                new VirtioMmio(new ThreeQueues(), memory, () -> {}, line -> {})
                                        .restore(balloon))
                .withMessageContaining("this device does not remember BalloonState");
    }

    private static final class ThreeQueues extends VirtioDevice {

        @Override
        protected int type() {
            return 1;
        }

        @Override
        protected long features() {
            return 0;
        }

        @Override
        protected int[] queueSizes() {
            return new int[] {1, 1, 1};
        }

        @Override
        protected byte[] config() {
            return new byte[0];
        }

        @Override
        protected void activate(Activation activation) {
            // The device does not use its queues.
        }

        @Override
        protected boolean notified(int queue) {
            return false;
        }

        @Override
        protected void reset() {
            // The device has no state.
        }
    }

    @Test
    void theBalloonKeepsItsSizes() {
        Balloon balloon = new Balloon(memory);
        TestDriver driver = new TestDriver(balloon, memory).initialize();
        balloon.setTarget(100);
        driver.set(MmioRegister.CONFIG + 4, 42);
        Balloon other = new Balloon(memory);
        VirtioMmio restored = successor(driver.window, other);
        assertThat(other.actual()).isEqualTo(42);
        assertThat(restored.read(MmioRegister.CONFIG, 4)).isEqualTo(100);
    }

    // The console.

    @Test
    void bytesFromTheGuestGoOnInTheMiddleOfABuffer() throws Exception {
        for (int taken = 0; taken <= 8; taken++) {
            Console console = new Console("x", _ -> {});
            TestDriver driver = new TestDriver(console, memory).initialize();
            put(TestDriver.BUFFERS, "abcdefgh");
            int head =
                    driver.ring(AGENT_TRANSMIT)
                            .add(
                                    Buffer.readable(TestDriver.BUFFERS, 3),
                                    Buffer.readable(TestDriver.BUFFERS, 0),
                                    Buffer.readable(TestDriver.BUFFERS + 3, 5));
            int next = driver.ring(AGENT_TRANSMIT).add(Buffer.readable(TestDriver.BUFFERS, 2));
            assertThat(console.fromAgent().readNBytes(taken)).hasSize(taken);
            Console other = new Console("x", _ -> {});
            successor(driver.window, other);
            String rest =
                    new String(other.fromAgent().readNBytes(10 - taken), StandardCharsets.US_ASCII);
            assertThat(rest).isEqualTo("abcdefghab".substring(taken));
            assertThat(driver.ring(AGENT_TRANSMIT).used())
                    .extracting(TestDriver.Used::head)
                    .containsExactly(head, next);
            console.close();
            other.close();
        }
    }

    /** The guest may have changed the descriptors meanwhile, so they are validated again. */
    @Test
    void aChainThatIsNotValidAnyMoreIsGivenBack() throws Exception {
        Console console = new Console("x", _ -> {});
        TestDriver driver = new TestDriver(console, memory).initialize();
        put(TestDriver.BUFFERS, "abcd");
        int head = driver.ring(AGENT_TRANSMIT).add(Buffer.readable(TestDriver.BUFFERS, 4));
        assertThat(console.fromAgent().read()).isEqualTo('a');
        driver.ring(AGENT_TRANSMIT).descriptor(head, 1L << 50, 4, 0, 0);
        int next = driver.ring(AGENT_TRANSMIT).add(Buffer.readable(TestDriver.BUFFERS + 2, 1));
        Console other = new Console("x", _ -> {});
        VirtioMmio restored = new VirtioMmio(other, memory, () -> {}, line -> {});
        restored.restore(driver.window.save());
        assertThat(other.fromAgent().read()).isEqualTo('c');
        assertThat(driver.ring(AGENT_TRANSMIT).used())
                .extracting(TestDriver.Used::head)
                .containsExactly(head, next);
        // A state in which more was read than the chain has, or whose chain is invalid.
        for (Console.ConsoleState wrong :
                new Console.ConsoleState[] {
                    new Console.ConsoleState(java.util.List.of(), false, 0, Long.MAX_VALUE),
                    new Console.ConsoleState(java.util.List.of(), false, 0, -1),
                    new Console.ConsoleState(java.util.List.of(), false, 64, 0),
                    new Console.ConsoleState(java.util.List.of(), false, Integer.MIN_VALUE, 0)
                }) {
            other.lock.lock();
            try {
                other.restore(wrong);
            } finally {
                other.lock.unlock();
            }
        }
    }

    @Test
    void messagesAndTheOpenPortAreKept() throws Exception {
        Console console = new Console("x", _ -> {});
        TestDriver driver = new TestDriver(console, memory).initialize();
        control(driver, 0, ControlMessage.DEVICE_READY, 1); // its answers wait for buffers
        control(driver, 1, ControlMessage.PORT_OPEN, 1);
        Console other = new Console("x", _ -> {});
        VirtioMmio restored = successor(driver.window, other);
        Console.ConsoleState state = (Console.ConsoleState) restored.save().device();
        assertThat(state.pendingMessages())
                .extracting(ControlMessage::unpack)
                .containsExactly(
                        new ControlMessage(0, ControlMessage.DEVICE_ADD, 1),
                        new ControlMessage(1, ControlMessage.DEVICE_ADD, 1));
        driver.ring(AGENT_RECEIVE).add(Buffer.writable(TestDriver.BUFFERS + 0x9000, 8));
        other.toAgent().write("hi".getBytes(StandardCharsets.US_ASCII));
        assertThat(driver.ring(AGENT_RECEIVE).used()).hasSize(1);
    }

    private void control(TestDriver driver, int port, int event, int value) {
        long at = TestDriver.BUFFERS + 0x4000;
        memory.putU32(at, port);
        memory.putU16(at + 4, event);
        memory.putU16(at + 6, value);
        assertThat(driver.ring(CONTROL_TRANSMIT).request(Buffer.readable(at, 8))).hasSize(1);
    }

    @Test
    void packedMessagesAreThemselvesAgain() {
        for (ControlMessage message :
                new ControlMessage[] {
                    new ControlMessage(0, 0, 0),
                    new ControlMessage(-1, 0xffff, 0xffff),
                    new ControlMessage(Integer.MIN_VALUE, 0x8000, 0x8000),
                    new ControlMessage(1, 7, 1)
                }) {
            assertThat(ControlMessage.unpack(message.pack())).isEqualTo(message);
        }
    }

    @Test
    void whileItIsHeldNobodyTouchesTheGuestsMemory() throws Exception {
        Console console = new Console("x", _ -> {});
        TestDriver driver = new TestDriver(console, memory).initialize();
        control(driver, 1, ControlMessage.PORT_OPEN, 1);
        console.hold();
        put(TestDriver.BUFFERS, "x");
        driver.ring(AGENT_TRANSMIT).add(Buffer.readable(TestDriver.BUFFERS, 1));
        driver.ring(AGENT_TRANSMIT).kick();
        driver.ring(AGENT_RECEIVE).add(Buffer.writable(TestDriver.BUFFERS + 0x9000, 8));
        driver.ring(AGENT_RECEIVE).kick();
        CompletableFuture<Integer> read =
                CompletableFuture.supplyAsync(() -> readOne(console), Thread::startVirtualThread);
        CompletableFuture<Void> write =
                CompletableFuture.runAsync(() -> writeOne(console), Thread::startVirtualThread);
        assertThatThrownBy(() -> read.get(50, TimeUnit.MILLISECONDS))
                .isInstanceOf(TimeoutException.class);
        assertThatThrownBy(() -> write.get(50, TimeUnit.MILLISECONDS))
                .isInstanceOf(TimeoutException.class);
        assertThat(driver.ring(AGENT_TRANSMIT).used()).isEmpty();
        assertThat(driver.ring(AGENT_RECEIVE).used()).isEmpty();
        console.release();
        assertThat(read.get(10, TimeUnit.SECONDS)).isEqualTo('x');
        write.get(10, TimeUnit.SECONDS);
        assertThat(driver.ring(AGENT_RECEIVE).used()).hasSize(1);
    }

    private static int readOne(Console console) {
        try {
            return console.fromAgent().read();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void writeOne(Console console) {
        try {
            console.toAgent().write('z');
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
