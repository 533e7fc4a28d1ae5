package dev.microsandbox.vmm.kvmmachine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.microsandbox.vmm.machine.LogTail;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StateTransferTest {

    @ParameterizedTest
    @CsvSource({
        // The counter was restored, so the deadline stays the same.
        "1500, 1000, 1000, 1500",
        // The counter has jumped, and the remaining time stays the same.
        "1500, 1000, 9000, 9500",
        "1500, 1000, 10, 510",
        // No deadline, one that is now, and one that has passed all become now.
        "0, 1000, 9000, 9000",
        "1000, 1000, 9000, 9000",
        "999, 1000, 9000, 9000",
        // The counter has advanced a little since it was set.
        "1500, 1000, 1020, 1520"
    })
    void aDeadlineKeepsTheTimeThatWasLeft(long saved, long counter, long now, long expected) {
        assertThat(StateTransfer.deadline(saved, counter, now)).isEqualTo(expected);
    }

    @Test
    void theSerialPortRemembersItsRegisters() {
        SerialPort port = new SerialPort(new LogTail());
        port.write(3, 0x80);
        port.write(0, 0x12);
        port.write(1, 0xfe);
        port.write(3, 0x03);
        port.write(1, 0x05);
        port.write(4, 0x1b);
        port.write(7, 0x77);
        SerialPort other = new SerialPort(new LogTail());
        other.restore(port.save());
        for (int register : new int[] {1, 3, 4, 6, 7}) {
            assertThat(other.read(register)).as("%d", register).isEqualTo(port.read(register));
        }
        other.write(3, 0x80);
        assertThat(other.read(0)).isEqualTo(0x12);
        assertThat(other.read(1)).isEqualTo(0xfe);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> other.restore(new byte[5]))
                .withMessage("a serial port has 6 registers, not 5");
    }

    @Test
    void aPortDeviceThatRemembersNothingIsToldNothing() {
        PortDevice device = new KeyboardController(() -> {});
        device.restore(device.save());
        assertThatIllegalArgumentException().isThrownBy(() -> device.restore(new byte[1]));
    }
}
