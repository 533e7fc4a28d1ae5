package dev.microsandbox.vmm.kvmmachine;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.microsandbox.vmm.InputNumbers;
import dev.microsandbox.vmm.SeededCases;
import dev.microsandbox.vmm.machine.LogTail;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** Fuzzes a guest's accesses to I/O ports, and the ports' state in a snapshot. */
class PortFuzzTest {

    @Test
    void accessesOfEverySort() {
        SeededCases.check(1000, values -> access(values.random()));
    }

    @FuzzTest
    void anyAccesses(byte[] input) {
        access(new InputNumbers(input));
    }

    private static void access(RandomGenerator random) {
        LogTail log = new LogTail();
        SerialPort serial = new SerialPort(log);
        KeyboardController keyboard = new KeyboardController(() -> {});
        PortBus bus =
                new PortBus(
                        List.of(
                                new PortBus.Range(SerialPort.FIRST_PORT, SerialPort.PORTS, serial),
                                new PortBus.Range(
                                        KeyboardController.FIRST_PORT,
                                        KeyboardController.PORTS,
                                        keyboard)));
        for (int i = 0; i < 100; i++) {
            int port =
                    switch (random.nextInt(4)) {
                        case 0 -> random.nextInt(0x10000);
                        case 1 -> KeyboardController.FIRST_PORT + random.nextInt(8) - 1;
                        default -> SerialPort.FIRST_PORT + random.nextInt(12) - 2;
                    };
            int size = 1 << random.nextInt(3);
            switch (random.nextInt(8)) {
                case 0 -> serial.restore(state(random));
                case 1, 2, 3 -> {
                    long value = bus.read(port & 0xffff, size) & 0xffff_ffffL;
                    assertThat(value >>> (8 * size)).isZero();
                }
                default -> bus.write(port & 0xffff, size, random.nextInt());
            }
        }
        byte[] state = serial.save();
        serial.restore(state);
        assertThat(serial.save()).isEqualTo(state);
        assertThat(log.lastLines().chars()).allMatch(c -> c == '\n' || !Character.isISOControl(c));
    }

    private static byte[] state(RandomGenerator random) {
        byte[] state = new byte[6];
        for (int i = 0; i < state.length; i++) {
            state[i] = (byte) random.nextInt(256);
        }
        return state;
    }
}
