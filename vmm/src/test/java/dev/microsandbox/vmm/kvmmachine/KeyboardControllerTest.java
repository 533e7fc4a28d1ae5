package dev.microsandbox.vmm.kvmmachine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class KeyboardControllerTest {

    private final AtomicInteger resets = new AtomicInteger();

    private final PortBus bus =
            new PortBus(
                    List.of(
                            new PortBus.Range(
                                    KeyboardController.FIRST_PORT,
                                    KeyboardController.PORTS,
                                    new KeyboardController(resets::incrementAndGet))));

    @Test
    void theResetLineIsPulsedByCommand() {
        bus.write(0x64, 1, 0xfe);
        assertThat(resets).hasValue(1);
    }

    /** The driver waits until bit 1 of the status, "input buffer full", is clear. */
    @Test
    void itIsReadyForACommandAndHasNoData() {
        assertThat(bus.read(0x64, 1)).isZero();
        assertThat(bus.read(0x60, 1)).isZero();
    }

    @Test
    void nothingElseResets() {
        for (int value = 0; value < 256; value++) {
            for (int port = 0x60; port < 0x64; port++) {
                bus.write(port, 1, value);
            }
            bus.write(0x65, 1, value);
            if (value != 0xfe) {
                bus.write(0x64, 1, value);
            }
        }
        assertThat(resets).hasValue(0);
    }

    @Test
    void aWideWriteReachesTheCommandPortToo() {
        bus.write(0x63, 2, 0xfe00);
        assertThat(resets).hasValue(1);
    }
}
