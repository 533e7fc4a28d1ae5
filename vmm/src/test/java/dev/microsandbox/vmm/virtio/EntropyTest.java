package dev.microsandbox.vmm.virtio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.memory.GuestMemory;
import dev.microsandbox.vmm.virtio.TestDriver.Buffer;
import dev.microsandbox.vmm.virtio.TestDriver.Used;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class EntropyTest {

    @Test
    void fillsWithDifferentBytes() throws Exception {
        try (GuestMemory memory = GuestMemory.allocate(4 << 20)) {
            TestDriver driver = new TestDriver(new Entropy(), memory).initialize();
            assertThat(
                            driver.ring(0)
                                    .request(
                                            Buffer.writable(TestDriver.BUFFERS, 5),
                                            Buffer.writable(TestDriver.BUFFERS + 32, 27)))
                    .containsExactly(new Used(0, 32));
            byte[] first = memory.slice(TestDriver.BUFFERS + 32, 27).toArray(ValueLayout.JAVA_BYTE);
            driver.ring(0).request(Buffer.writable(TestDriver.BUFFERS + 32, 27));
            byte[] second =
                    memory.slice(TestDriver.BUFFERS + 32, 27).toArray(ValueLayout.JAVA_BYTE);
            assertThat(second).isNotEqualTo(first).isNotEqualTo(new byte[27]);
        }
    }

    /** In other hypervisors, a request for gigabytes has made the host allocate them. */
    @Test
    void aLargeRequestGetsALittle() throws Exception {
        try (GuestMemory memory = GuestMemory.allocate(64 << 20)) {
            TestDriver driver = new TestDriver(new Entropy(), memory).initialize();
            assertThat(driver.ring(0).request(Buffer.writable(TestDriver.BUFFERS, 60 << 20)))
                    .containsExactly(new Used(0, 4096));
        }
    }

    @Test
    void aRequestWithNoRoomIsGivenBack() throws Exception {
        try (GuestMemory memory = GuestMemory.allocate(4 << 20)) {
            TestDriver driver = new TestDriver(new Entropy(), memory).initialize();
            assertThat(driver.ring(0).request(Buffer.readable(TestDriver.BUFFERS, 8)))
                    .containsExactly(new Used(0, 0));
        }
    }

    @Test
    void aFloodIsServedInTurnsWithOtherDevices() throws Exception {
        try (GuestMemory memory = GuestMemory.allocate(4 << 20)) {
            TestDriver driver = new TestDriver(new Entropy(), memory).initialize();
            for (int i = 0; i < 64; i++) {
                driver.ring(0).add(Buffer.writable(TestDriver.BUFFERS, 8));
            }
            assertThat(driver.window.notified(0)).isTrue();
            assertThat(driver.ring(0).used()).hasSize(16);
            driver.ring(0).kick();
            assertThat(driver.ring(0).used()).hasSize(48);
        }
    }
}
