package dev.microsandbox.vmm.virtio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.memory.GuestMemory;
import dev.microsandbox.vmm.virtio.TestDriver.Buffer;
import dev.microsandbox.vmm.virtio.TestDriver.Ring;
import dev.microsandbox.vmm.virtio.TestDriver.Used;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The rules of the split virtqueue, each with a driver that breaks it. */
@Timeout(30)
class VirtqueueTest {

    private static final int NEXT = 1;
    private static final int WRITE = 2;
    private static final int INDIRECT = 4;

    private GuestMemory memory;
    private EchoDevice device;
    private TestDriver driver;
    private Ring ring;

    @BeforeEach
    void setUp() throws Exception {
        memory = GuestMemory.allocate(4 << 20);
        device = new EchoDevice();
        driver = new TestDriver(device, memory).initialize();
        ring = driver.ring(0);
    }

    @AfterEach
    void tearDown() {
        memory.close();
    }

    @Test
    void aChainComesWithItsBuffersInOrder() {
        memory.putU32(TestDriver.BUFFERS, 0x01020304);
        int head =
                ring.add(
                        Buffer.readable(TestDriver.BUFFERS, 4),
                        Buffer.readable(TestDriver.BUFFERS + 64, 8),
                        Buffer.writable(TestDriver.BUFFERS + 128, 16));
        ring.kick();
        DescriptorChain chain = device.chains.getFirst();
        assertThat(chain.head()).isEqualTo(head);
        assertThat(chain.readableBytes()).isEqualTo(12);
        assertThat(chain.writableBytes()).isEqualTo(16);
        assertThat(Buffers.copy(chain.readable(), 4)).containsExactly(4, 3, 2, 1);
        assertThat(ring.used()).containsExactly(new Used(head, 16));
        assertThat(driver.interrupts).hasValue(1);
        assertThat(driver.get(MmioRegister.INTERRUPT_STATUS)).isEqualTo(1);
    }

    @Test
    void indicesWrapAround() {
        for (int i = 0; i < 70_000; i++) {
            assertThat(ring.request(Buffer.writable(TestDriver.BUFFERS, 1))).hasSize(1);
        }
        assertThat(device.chains).hasSize(70_000);
    }

    @Test
    void aLoopOfDescriptorsIsGivenBackEmpty() {
        ring.descriptor(0, TestDriver.BUFFERS, 1, NEXT, 1);
        ring.descriptor(1, TestDriver.BUFFERS, 1, NEXT, 0);
        ring.offer(0);
        ring.kick();
        assertIsRefusedAndTheQueueGoesOn(0);
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, Long.MIN_VALUE, 4 << 20, 0xfee0_0000L, Long.MAX_VALUE - 2})
    void anAddressOutsideOfMemoryIsGivenBackEmpty(long address) {
        ring.descriptor(0, address, 4, 0, 0);
        ring.offer(0);
        ring.kick();
        assertIsRefusedAndTheQueueGoesOn(0);
    }

    @ParameterizedTest
    @ValueSource(longs = {0xffff_ffffL, 0x8000_0000L, 4 << 20})
    void anAbsurdLengthIsGivenBackEmpty(long length) {
        ring.descriptor(0, TestDriver.BUFFERS, length, WRITE, 0);
        ring.offer(0);
        ring.kick();
        assertIsRefusedAndTheQueueGoesOn(0);
    }

    @Test
    void aBufferThatStartsInsideAndEndsOutsideIsGivenBackEmpty() {
        ring.descriptor(0, (4 << 20) - 2, 4, WRITE, 0);
        ring.offer(0);
        ring.kick();
        assertIsRefusedAndTheQueueGoesOn(0);
    }

    @Test
    void anIndirectTableIsGivenBackEmpty() {
        ring.descriptor(0, TestDriver.BUFFERS, 32, INDIRECT, 0);
        ring.offer(0);
        ring.kick();
        assertIsRefusedAndTheQueueGoesOn(0);
    }

    @Test
    void readableAfterWritableIsGivenBackEmpty() {
        ring.descriptor(0, TestDriver.BUFFERS, 4, WRITE | NEXT, 1);
        ring.descriptor(1, TestDriver.BUFFERS, 4, 0, 0);
        ring.offer(0);
        ring.kick();
        assertIsRefusedAndTheQueueGoesOn(0);
    }

    @Test
    void aNextBeyondTheTableIsGivenBackEmpty() {
        ring.descriptor(0, TestDriver.BUFFERS, 4, NEXT, 8);
        ring.offer(0);
        ring.kick();
        assertIsRefusedAndTheQueueGoesOn(0);
    }

    @Test
    void theSumOfAChainIsBounded() throws Exception {
        try (GuestMemory large = GuestMemory.allocate(128L << 20)) {
            EchoDevice other = new EchoDevice();
            TestDriver another = new TestDriver(other, large).initialize();
            long half = Virtqueue.MOST_CHAIN_BYTES / 2;
            List<Used> used =
                    another.ring(0)
                            .request(
                                    Buffer.writable(TestDriver.BUFFERS, half),
                                    Buffer.writable(TestDriver.BUFFERS, half),
                                    Buffer.writable(TestDriver.BUFFERS, 1));
            assertThat(used).containsExactly(new Used(0, 0));
            assertThat(other.chains).isEmpty();
        }
    }

    private void assertIsRefusedAndTheQueueGoesOn(int head) {
        assertThat(ring.used()).containsExactly(new Used(head, 0));
        assertThat(device.chains).isEmpty();
        assertThat(driver.needsReset()).isFalse();
        ring.descriptor(3, TestDriver.BUFFERS, 4, WRITE, 0);
        ring.offer(3);
        ring.kick();
        assertThat(ring.used()).containsExactly(new Used(3, 4));
    }

    @Test
    void aHeadBeyondTheTableBreaksTheQueueUntilReset() {
        ring.offer(8);
        ring.kick();
        assertIsBrokenUntilReset();
    }

    @ParameterizedTest
    @ValueSource(ints = {9, 0x7fff, 0xffff})
    void anIndexThatJumpsBreaksTheQueueUntilReset(int index) {
        ring.setAvailableIndex(index);
        ring.kick();
        assertIsBrokenUntilReset();
    }

    @Test
    void anIndexThatGoesBackBreaksTheQueueUntilReset() {
        ring.request(Buffer.writable(TestDriver.BUFFERS, 4));
        ring.setAvailableIndex(0);
        ring.kick();
        assertThat(driver.needsReset()).isTrue();
    }

    @Test
    void aQueueThatBreaksSaysWhyOnceADevice() {
        ring.setAvailableIndex(9);
        ring.kick();
        String why =
                "virtio device of type 42, queue 0 is broken until the driver resets the device:"
                        + " its available index is 9 ahead of the last one, its size is 8";
        assertThat(driver.log).containsExactly(why);
        for (int i = 0; i < 1000; i++) {
            driver.initialize();
            Ring broken = driver.ring(i % 2);
            broken.offer(broken.size);
            broken.kick();
            assertThat(driver.needsReset()).isTrue();
        }
        assertThat(driver.log).containsExactly(why);
    }

    @Test
    void aHeadBeyondTheTableIsNamed() {
        ring.offer(8);
        ring.kick();
        assertThat(driver.log)
                .singleElement()
                .asString()
                .endsWith("its available ring has descriptor 8, its size is 8");
    }

    @Test
    void aChainThatIsNotValidLeavesNoLine() {
        ring.request(Buffer.readable(1L << 40, 4));
        assertThat(driver.log).isEmpty();
    }

    private void assertIsBrokenUntilReset() {
        assertThat(driver.needsReset()).isTrue();
        assertThat(driver.get(MmioRegister.INTERRUPT_STATUS) & 2).isEqualTo(2);
        assertThat(device.chains).isEmpty();
        ring.setAvailableIndex(1);
        ring.kick();
        assertThat(device.chains).as("a broken queue is dead").isEmpty();

        Ring other = driver.ring(1);
        other.request(Buffer.writable(TestDriver.BUFFERS, 4));
        assertThat(device.chains).as("the other queue goes on").hasSize(1);

        driver.initialize();
        assertThat(driver.needsReset()).isFalse();
        assertThat(driver.ring(0).request(Buffer.writable(TestDriver.BUFFERS, 4)))
                .containsExactly(new Used(0, 4));
    }

    @Test
    void theWrittenLengthIsNeverMoreThanThereIs() {
        device.completes = false;
        ring.add(Buffer.writable(TestDriver.BUFFERS, 4));
        ring.kick();
        device.activations.getLast().queues().getFirst().complete(device.chains.getFirst(), 1000);
        assertThat(ring.used()).containsExactly(new Used(0, 4));
    }

    @Test
    void aDriverThatWantsNoInterruptGetsNone() {
        memory.putU16(ring.available, 1);
        assertThat(ring.request(Buffer.writable(TestDriver.BUFFERS, 4))).hasSize(1);
        assertThat(driver.interrupts).hasValue(0);
    }

    @Test
    void notificationsAreSilencedWhileThereIsWorkAndAskedForAfterwards() {
        ring.request(Buffer.writable(TestDriver.BUFFERS, 4));
        assertThat(memory.u16(ring.used)).as("used flags").isZero();
    }

    @Test
    void withEventIndicesInterruptsComeWhereTheyAreAskedFor() {
        driver.initialize(
                EchoDevice.FEATURE | TransportFeature.VERSION_1 | TransportFeature.EVENT_IDX);
        Ring events = driver.ring(0);
        long usedEvent = events.available + 4 + 2L * events.size;
        long availEvent = events.used + 4 + 8L * events.size;
        memory.putU16(usedEvent, 2);
        events.request(Buffer.writable(TestDriver.BUFFERS, 4));
        events.request(Buffer.writable(TestDriver.BUFFERS, 4));
        assertThat(driver.interrupts).hasValue(0);
        events.request(Buffer.writable(TestDriver.BUFFERS, 4));
        assertThat(driver.interrupts).hasValue(1);
        assertThat(memory.u16(availEvent)).as("the next to be notified of").isEqualTo(3);
    }

    @Test
    void aDriverThatChangesTheRingsMeanwhileHarmsItselfAlone() throws Exception {
        Thread mutator =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    java.util.SplittableRandom random =
                                            new java.util.SplittableRandom(7);
                                    while (!Thread.currentThread().isInterrupted()) {
                                        long at =
                                                TestDriver.RINGS
                                                        + random.nextLong(TestDriver.RING_BYTES);
                                        memory.putU8(at, random.nextInt());
                                    }
                                });
        try {
            for (int i = 0; i < 2_000; i++) {
                driver.initialize();
                driver.ring(0).setAvailableIndex(8);
                driver.window.notified(0);
            }
        } finally {
            mutator.interrupt();
            mutator.join();
        }
        assertThat(device.activations).hasSizeGreaterThan(2_000);
    }
}
