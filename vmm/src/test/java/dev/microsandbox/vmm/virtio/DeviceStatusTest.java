package dev.microsandbox.vmm.virtio;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Every status, and everything that a driver can write to it. */
class DeviceStatusTest {

    private static final int UNCONDITIONAL =
            DeviceStatus.ACKNOWLEDGE | DeviceStatus.DRIVER | DeviceStatus.FAILED;

    @Test
    void aDriverSetsBitsInOrderAndClearsNone() {
        for (int status = 0; status < 256; status++) {
            for (int written = 1; written < 256; written++) {
                for (boolean accepted : new boolean[] {false, true}) {
                    int agreed =
                            accepted
                                    ? (status | written) & DeviceStatus.FEATURES_OK
                                    : status & DeviceStatus.FEATURES_OK;
                    int ready = agreed == 0 ? 0 : written & DeviceStatus.DRIVER_OK;
                    assertThat(DeviceStatus.after(status, written, accepted))
                            .as("%#x, written %#x, features accepted %s", status, written, accepted)
                            .isEqualTo(status | (written & UNCONDITIONAL) | agreed | ready);
                }
            }
        }
    }
}
