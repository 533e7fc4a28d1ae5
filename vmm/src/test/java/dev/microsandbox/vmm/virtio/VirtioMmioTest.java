package dev.microsandbox.vmm.virtio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microsandbox.vmm.memory.GuestMemory;
import dev.microsandbox.vmm.virtio.TestDriver.Buffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class VirtioMmioTest {

    private GuestMemory memory;
    private EchoDevice device;
    private TestDriver driver;

    @BeforeEach
    void setUp() throws Exception {
        memory = GuestMemory.allocate(4 << 20);
        device = new EchoDevice();
        driver = new TestDriver(device, memory);
    }

    @AfterEach
    void tearDown() {
        memory.close();
    }

    @Test
    void aDriverFindsTheDevice() {
        assertThat(driver.get(MmioRegister.MAGIC)).isEqualTo(0x74726976);
        assertThat(driver.get(MmioRegister.VERSION)).isEqualTo(2);
        assertThat(driver.get(MmioRegister.DEVICE_ID)).isEqualTo(42);
        driver.set(MmioRegister.DEVICE_FEATURES_SELECT, 1);
        assertThat(driver.get(MmioRegister.DEVICE_FEATURES)).isEqualTo(1);
        driver.set(MmioRegister.DEVICE_FEATURES_SELECT, 2);
        assertThat(driver.get(MmioRegister.DEVICE_FEATURES)).isZero();
        driver.set(MmioRegister.QUEUE_SELECT, 1);
        assertThat(driver.get(MmioRegister.QUEUE_SIZE_MAX)).isEqualTo(16);
        driver.set(MmioRegister.QUEUE_SELECT, 2);
        assertThat(driver.get(MmioRegister.QUEUE_SIZE_MAX)).isZero();
        driver.set(MmioRegister.QUEUE_SELECT, -1);
        assertThat(driver.get(MmioRegister.QUEUE_SIZE_MAX)).isZero();
        assertThat(driver.get(MmioRegister.SHM_LENGTH_LOW)).isEqualTo(-1);
    }

    @ParameterizedTest
    @CsvSource({"0,1", "0,2", "0,8", "1,4", "2,4", "0x200,4", "0xffc,4", "0x54,4", "0xfe,2"})
    void whatIsNoRegisterReadsZeroAndWritesNothing(String offset, int size) {
        long at = Long.decode(offset);
        assertThat(driver.window.read(at, size)).isZero();
        driver.window.write(at, size, -1L);
        assertThat(driver.status()).isZero();
    }

    @Test
    void theStatusCannotBeWrittenByAnotherWidth() {
        driver.window.write(MmioRegister.STATUS, 1, 1);
        driver.window.write(MmioRegister.STATUS, 8, 1);
        assertThat(driver.status()).isZero();
    }

    @Test
    void configurationIsReadAndWrittenByItsWidths() {
        assertThat(driver.window.read(MmioRegister.CONFIG, 1)).isEqualTo(1);
        assertThat(driver.window.read(MmioRegister.CONFIG + 2, 2)).isEqualTo(0x0403);
        assertThat(driver.window.read(MmioRegister.CONFIG + 4, 4)).isEqualTo(0x08070605);
        assertThat(driver.window.read(MmioRegister.CONFIG, 8)).isZero();
        assertThat(driver.window.read(MmioRegister.CONFIG + 1, 4)).isZero();
        assertThat(driver.window.read(MmioRegister.CONFIG + 8, 1)).isZero();
        assertThat(driver.window.read(Long.MAX_VALUE - 7, 4)).isZero();
        driver.window.write(MmioRegister.CONFIG + 6, 2, 0x1234);
        assertThat(device.config).containsExactly(1, 2, 3, 4, 5, 6, 0x34, 0x12);
        driver.window.write(MmioRegister.CONFIG + 6, 4, -1);
        driver.window.write(MmioRegister.CONFIG + 8, 1, -1);
        assertThat(device.config).endsWith(0x34, 0x12);
    }

    @Test
    void featuresThatWereNotOfferedAreRefused() {
        driver.negotiate(TransportFeature.VERSION_1 | 1);
        assertThat(driver.status() & DeviceStatus.FEATURES_OK).isZero();
        driver.negotiate(EchoDevice.FEATURE);
        assertThat(driver.status() & DeviceStatus.FEATURES_OK).as("without VERSION_1").isZero();
        driver.negotiate(TransportFeature.VERSION_1);
        assertThat(driver.status() & DeviceStatus.FEATURES_OK).isNotZero();
        driver.set(MmioRegister.DRIVER_FEATURES_SELECT, 0);
        driver.set(MmioRegister.DRIVER_FEATURES, (int) EchoDevice.FEATURE);
        driver.set(MmioRegister.STATUS, driver.status() | DeviceStatus.DRIVER_OK);
        assertThat(device.activations.getLast().features())
                .as("changed after FEATURES_OK")
                .isZero();
    }

    @Test
    void thereIsNoDriverOkWithoutFeatures() {
        driver.set(MmioRegister.STATUS, DeviceStatus.DRIVER_OK);
        assertThat(driver.status() & DeviceStatus.DRIVER_OK).isZero();
        driver.set(MmioRegister.STATUS, 0x7f);
        assertThat(driver.status() & (DeviceStatus.DRIVER_OK | DeviceStatus.NEEDS_RESET)).isZero();
        assertThat(device.activations).isEmpty();
    }

    /** In another hypervisor, changing a queue's size after activation allowed an escape. */
    @Test
    void whatIsSetUpIsFrozenByDriverOk() {
        driver.initialize();
        TestDriver.Ring ring = driver.ring(0);
        driver.set(MmioRegister.QUEUE_SELECT, 0);
        driver.set(MmioRegister.QUEUE_READY, 0);
        driver.set(MmioRegister.QUEUE_SIZE, 0x8000);
        driver.set(MmioRegister.QUEUE_DESC_LOW, 0x1000);
        driver.set(MmioRegister.QUEUE_AVAIL_HIGH, -1);
        driver.set(MmioRegister.QUEUE_USED_LOW, 0x2000);
        assertThat(driver.get(MmioRegister.QUEUE_READY)).isEqualTo(1);
        assertThat(ring.request(Buffer.writable(TestDriver.BUFFERS, 4))).hasSize(1);
        driver.set(MmioRegister.STATUS, driver.status() | DeviceStatus.DRIVER_OK);
        assertThat(device.activations).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 9, 16, -1, 0x10000})
    void aSizeThatIsNotAllowedIsRefused(int size) {
        assertQueueRefused(MmioRegister.QUEUE_SIZE, size);
    }

    @ParameterizedTest
    @CsvSource({"0x80,0x10008", "0x90,0x12001", "0xa0,0x13002"})
    void aMisalignedRingIsRefused(String register, String address) {
        assertQueueRefused(Integer.decode(register), Integer.decode(address));
    }

    @ParameterizedTest
    @ValueSource(ints = {0x80, 0x90, 0xa0, 0x84, 0x94, 0xa4})
    void aRingOutsideOfMemoryIsRefused(int register) {
        assertQueueRefused(register, 0x7fff_fff0);
    }

    private void assertQueueRefused(int register, int value) {
        driver.negotiate(TransportFeature.VERSION_1);
        driver.set(MmioRegister.QUEUE_SELECT, 0);
        driver.set(MmioRegister.QUEUE_SIZE, 8);
        driver.set(MmioRegister.QUEUE_DESC_LOW, 0x10000);
        driver.set(MmioRegister.QUEUE_AVAIL_LOW, 0x12000);
        driver.set(MmioRegister.QUEUE_USED_LOW, 0x13000);
        driver.set(register, value);
        driver.set(MmioRegister.QUEUE_READY, 1);
        driver.set(MmioRegister.STATUS, driver.status() | DeviceStatus.DRIVER_OK);
        assertThat(driver.needsReset()).isTrue();
        assertThat(device.activations).isEmpty();
        assertThat(driver.window.notified(0)).isFalse();
        assertThat(driver.log)
                .singleElement()
                .asString()
                .startsWith("virtio device of type 42, queue 0 is broken")
                .contains("descriptors at 0x", "available ring at 0x", "used ring at 0x");
    }

    @Test
    void aDeviceThatFailsSaysSoOnce() {
        FailingDevice failing = new FailingDevice();
        TestDriver other = new TestDriver(failing, memory).initialize();
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> other.window.notified(0)).hasMessage("first line\nsecond");
        }
        assertThatThrownBy(() -> other.window.write(MmioRegister.CONFIG, 4, 1))
                .hasMessage("no such setting");
        assertThat(other.log)
                .containsExactly(
                        "virtio-rng, queue 0 failed: java.lang.IllegalStateException: first line");

        TestDriver third = new TestDriver(failing, memory).initialize();
        assertThatThrownBy(() -> third.window.write(MmioRegister.CONFIG, 4, 1))
                .hasMessage("no such setting");
        assertThat(third.log)
                .containsExactly(
                        "virtio-rng, a write to register 0x100 failed:"
                                + " java.lang.IllegalStateException: no such setting");
    }

    /** A device that throws exceptions. */
    private static final class FailingDevice extends VirtioDevice {

        @Override
        protected int type() {
            return DeviceType.ENTROPY;
        }

        @Override
        protected long features() {
            return 0;
        }

        @Override
        protected int[] queueSizes() {
            return new int[] {8};
        }

        @Override
        protected byte[] config() {
            return new byte[8];
        }

        @Override
        protected void writeConfig(int offset, byte[] bytes) {
            throw new IllegalStateException("no such setting");
        }

        @Override
        protected void activate(Activation activation) {
            // Its queues are never used.
        }

        @Override
        protected boolean notified(int queue) {
            throw new IllegalStateException("first line\nsecond");
        }

        @Override
        protected void reset() {
            // There is nothing to reset.
        }
    }

    @Test
    void aQueueThatIsNotReadyIsNotNotified() {
        driver.negotiate(TransportFeature.VERSION_1);
        driver.set(MmioRegister.STATUS, driver.status() | DeviceStatus.DRIVER_OK);
        assertThat(device.activations).hasSize(1);
        assertThat(driver.window.notified(0)).isFalse();
        assertThat(driver.window.notified(99)).isFalse();
        assertThat(device.activations.getFirst().queues().getFirst().poll()).isNull();
    }

    @Test
    void aResetForgetsEverything() {
        driver.initialize();
        driver.ring(0).add(Buffer.writable(TestDriver.BUFFERS, 4));
        driver.set(MmioRegister.STATUS, 0);
        assertThat(device.resets).isEqualTo(2);
        assertThat(driver.status()).isZero();
        assertThat(driver.window.notified(0)).isFalse();
        assertThat(device.chains).isEmpty();
        driver.set(MmioRegister.QUEUE_SELECT, 0);
        assertThat(driver.get(MmioRegister.QUEUE_READY)).isZero();
        assertThat(driver.get(MmioRegister.INTERRUPT_STATUS)).isZero();
    }

    @Test
    void aConfigurationChangeIsToldWithANewGeneration() {
        driver.initialize();
        int before = driver.get(MmioRegister.CONFIG_GENERATION);
        device.activations.getFirst().configInterrupt().configChanged();
        assertThat(driver.get(MmioRegister.CONFIG_GENERATION)).isNotEqualTo(before);
        assertThat(driver.get(MmioRegister.INTERRUPT_STATUS)).isEqualTo(2);
        driver.set(MmioRegister.INTERRUPT_ACK, 2);
        assertThat(driver.get(MmioRegister.INTERRUPT_STATUS)).isZero();
    }

    /** A vCPU in its interrupt handler must not wait for a device that reads from a disk. */
    @Test
    void interruptStatusNeedsNoLock() throws Exception {
        driver.initialize();
        device.lock.lock();
        try {
            Thread vcpu =
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        driver.set(MmioRegister.INTERRUPT_ACK, 1);
                                        assertThat(driver.get(MmioRegister.INTERRUPT_STATUS))
                                                .isZero();
                                    });
            assertThat(vcpu.join(java.time.Duration.ofSeconds(10))).isTrue();
        } finally {
            device.lock.unlock();
        }
    }
}
