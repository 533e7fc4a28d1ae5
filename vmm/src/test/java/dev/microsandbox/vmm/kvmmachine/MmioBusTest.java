package dev.microsandbox.vmm.kvmmachine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.memory.GuestMemory;
import dev.microsandbox.vmm.virtio.EchoDevice;
import dev.microsandbox.vmm.virtio.Entropy;
import dev.microsandbox.vmm.virtio.VirtioMmio;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two windows of 4 KiB at 0xd0000000: an entropy source, and a device with a configuration. */
class MmioBusTest {

    private static final long BASE = 0xd000_0000L;
    private static final long MAGIC = 0x74726976;
    private static final long DEVICE_ID = 0x08;
    private static final long CONFIG = 0x100;

    private final EchoDevice echo = new EchoDevice();
    private GuestMemory memory;
    private MmioBus bus;

    @BeforeEach
    void connect() throws LinuxException {
        memory = GuestMemory.allocate(4096);
        bus =
                new MmioBus(
                        Map.of(
                                0,
                                new VirtioMmio(new Entropy(), memory, () -> {}, line -> {}),
                                1,
                                new VirtioMmio(echo, memory, () -> {}, line -> {})),
                        2);
    }

    @AfterEach
    void close() {
        memory.close();
    }

    @Test
    void eachWindowIsItsDevices() {
        assertThat(bus.read(BASE, 4)).isEqualTo(MAGIC);
        assertThat(bus.read(BASE + DEVICE_ID, 4)).isEqualTo(4);
        assertThat(bus.read(BASE + 0x1000, 4)).isEqualTo(MAGIC);
        assertThat(bus.read(BASE + 0x1000 + CONFIG, 4)).isEqualTo(0x04030201);
        bus.write(BASE + 0x1000 + CONFIG, 2, 0xbbaa);
        assertThat(echo.config).startsWith(0xaa, 0xbb, 3, 4);
    }

    @ParameterizedTest
    @ValueSource(
            longs = {
                0,
                0xfff,
                0xc000_0000L,
                BASE - 8,
                BASE - 1,
                BASE + 0x2000,
                BASE + 0x2fff,
                0xffff_ffffL,
                0x1_0000_0000L,
                0x1_0000_0000L + BASE, // the same address except for bits above 32
                Long.MAX_VALUE,
                Long.MIN_VALUE,
                Long.MIN_VALUE + BASE,
                -1,
                -4096
            })
    void whereNoDeviceIsReadsFindOnesAndWritesGoNowhere(long address) {
        byte[] before = echo.config.clone();
        for (int size = 1; size <= 8; size++) {
            assertThat(bus.read(address, size)).isEqualTo(-1);
            bus.write(address, size, -1);
        }
        assertThat(echo.config).isEqualTo(before);
    }

    /** Virtio's placeholder: a driver finds the device id 0 there. */
    @Test
    void aSlotWithoutADeviceSaysSo() {
        MmioBus roomy =
                new MmioBus(
                        Map.of(0, new VirtioMmio(new Entropy(), memory, () -> {}, line -> {})), 3);
        for (long window : new long[] {BASE + 0x1000, BASE + 0x2000}) {
            assertThat(roomy.read(window, 4)).isEqualTo(MAGIC);
            assertThat(roomy.read(window + 4, 4)).isEqualTo(2);
            roomy.write(window + 0x70, 4, 1);
            for (long offset = 8; offset < 0x1000; offset++) {
                assertThat(roomy.read(window + offset, 4)).isZero();
            }
            assertThat(roomy.read(window, 8)).isZero();
        }
        assertThat(roomy.read(BASE + DEVICE_ID, 4)).isEqualTo(4);
        assertThat(roomy.read(BASE + 0x3000, 4)).isEqualTo(-1);
    }

    @Test
    void aDeviceIsInItsSlotWhateverIsBeforeIt() {
        MmioBus gap = new MmioBus(Map.of(2, new VirtioMmio(echo, memory, () -> {}, line -> {})), 3);
        assertThat(gap.read(BASE + DEVICE_ID, 4)).isZero();
        assertThat(gap.read(BASE + 0x1000 + DEVICE_ID, 4)).isZero();
        assertThat(gap.read(BASE + 0x2000 + DEVICE_ID, 4)).isNotZero();
        byte[] before = echo.config.clone();
        gap.write(BASE + 0x100, 4, -1);
        assertThat(echo.config).isEqualTo(before);
        gap.write(BASE + 0x2100, 4, -1);
        assertThat(echo.config).isNotEqualTo(before);
    }

    @Test
    void theEndOfAWindowIsNotTheBeginningOfTheNext() {
        byte[] before = echo.config.clone();
        for (long offset = 0xff8; offset < 0x1000; offset++) {
            for (int size = 1; size <= 8; size++) {
                assertThat(bus.read(BASE + offset, size)).isZero();
                bus.write(BASE + offset, size, -1);
            }
        }
        assertThat(echo.config).isEqualTo(before);
        assertThat(bus.read(BASE + 0x1000, 4)).isEqualTo(MAGIC);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 6, 7, 8})
    void registersHaveFourBytes(int size) {
        assertThat(bus.read(BASE, size)).isZero();
        assertThat(bus.read(BASE + 1, 4)).isZero();
    }

    @Test
    void aBusWithoutDevicesIsEmpty() {
        MmioBus empty = new MmioBus(Map.of(), 0);
        assertThat(empty.read(BASE, 4)).isEqualTo(-1);
        assertThatCode(() -> empty.write(BASE, 4, 0)).doesNotThrowAnyException();
    }
}
