package dev.microsandbox.vmm.kvmmachine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.machine.LogTail;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The registers as Linux's 8250 driver uses them. */
class SerialPortTest {

    // Registers of linux/serial_reg.h.
    private static final int DATA = 0;
    private static final int IER = 1;
    private static final int IIR = 2;
    private static final int LCR = 3;
    private static final int MCR = 4;
    private static final int LSR = 5;
    private static final int MSR = 6;
    private static final int SCRATCH = 7;
    private static final int LATCH = 0x80;

    private final LogTail log = new LogTail();
    private final SerialPort port = new SerialPort(log);

    private void send(String text) {
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            port.write(DATA, b & 0xff);
        }
    }

    @Test
    void whatIsSentIsLogged() {
        send("[    0.000000] Linux\nπ\n");
        assertThat(log.lastLines()).isEqualTo("[    0.000000] Linux\nπ");
    }

    @Test
    void itIsAlwaysReadyToSendAndHasNothingToRead() {
        send("x");
        assertThat(port.read(LSR)).isEqualTo(0x60);
        assertThat(port.read(DATA)).isZero();
        assertThat(port.read(IIR)).as("no interrupt is pending").isEqualTo(1);
        assertThat(port.read(MSR)).as("carrier, data set ready, clear to send").isEqualTo(0xb0);
    }

    @Test
    void theDivisorIsBehindTheLatch() {
        port.write(IER, 0x05);
        port.write(LCR, LATCH | 0x03);
        port.write(DATA, 0x0c);
        port.write(IER, 0x02);
        assertThat(port.read(DATA)).isEqualTo(0x0c);
        assertThat(port.read(IER)).isEqualTo(0x02);
        port.write(LCR, 0x03);
        assertThat(port.read(LCR)).isEqualTo(0x03);
        assertThat(port.read(IER)).isEqualTo(0x05);
        assertThat(port.read(DATA)).isZero();
        assertThat(log.lastLines()).as("a divisor is not sent").isEmpty();
        port.write(LCR, LATCH);
        assertThat(port.read(DATA)).isEqualTo(0x0c);
    }

    /**
     * The checks of autoconfig() in 8250_port.c: whether there is a UART, and whether it has the
     * modem's loopback.
     */
    @Test
    void linuxTakesItForAUart() {
        port.write(IER, 0);
        assertThat(port.read(IER) & 0x0f).isZero();
        port.write(IER, 0x0f);
        assertThat(port.read(IER) & 0x0f).isEqualTo(0x0f);
        port.write(IER, 0);
        port.write(MCR, 0x10 | 0x08 | 0x02); // loopback, out 2, request to send
        assertThat(port.read(MSR) & 0xf0).isEqualTo(0x90); // carrier, clear to send
        port.write(MCR, 0);
        assertThat(port.read(MSR)).isEqualTo(0xb0);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15})
    void inLoopbackTheModemsOutputsAreItsInputs(int outputs) {
        port.write(MCR, 0x10 | outputs);
        int status = port.read(MSR);
        assertThat(status & 0x20).as("DTR is DSR").isEqualTo((outputs & 1) << 5);
        assertThat(status & 0x10).as("RTS is CTS").isEqualTo((outputs >> 1 & 1) << 4);
        assertThat(status & 0x40).as("OUT1 is RI").isEqualTo((outputs >> 2 & 1) << 6);
        assertThat(status & 0x80).as("OUT2 is DCD").isEqualTo((outputs >> 3 & 1) << 7);
        assertThat(status & 0x0f).isZero();
    }

    @Test
    void inLoopbackNothingIsSent() {
        port.write(MCR, 0x10);
        send("nobody hears this");
        port.write(MCR, 0x0b);
        send("heard");
        assertThat(log.lastLines()).isEqualTo("heard");
    }

    @Test
    void registersKeepWhatTheyHave() {
        for (int value = 0; value < 256; value++) {
            port.write(SCRATCH, value);
            port.write(MCR, value);
            port.write(IER, value);
            port.write(LSR, value); // read-only
            port.write(MSR, value);
            port.write(IIR, value); // FIFO control
            assertThat(port.read(SCRATCH)).isEqualTo(value);
            assertThat(port.read(MCR)).isEqualTo(value & 0x1f);
            assertThat(port.read(IER)).isEqualTo(value & 0x0f);
            assertThat(port.read(LSR)).isEqualTo(0x60);
            assertThat(port.read(IIR)).isEqualTo(1);
        }
        assertThat(log.lastLines()).isEmpty();
    }

    @Test
    void aFloodIsKeptWithinBounds() {
        for (int i = 0; i < 1_000_000; i++) {
            port.write(DATA, 'x');
        }
        assertThat(log.lastLines()).hasSize(16 * 1024);
    }

    @Test
    void severalVcpusWriteAtOnce() throws InterruptedException {
        List<Thread> writers = new ArrayList<>();
        for (int writer = 0; writer < 4; writer++) {
            char letter = (char) ('a' + writer);
            writers.add(
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        for (int i = 0; i < 2000; i++) {
                                            port.write(DATA, letter);
                                            assertThat(port.read(LSR)).isEqualTo(0x60);
                                        }
                                    }));
        }
        for (Thread writer : writers) {
            writer.join();
        }
        for (char letter = 'a'; letter < 'e'; letter++) {
            char one = letter;
            assertThat(log.lastLines().chars().filter(c -> c == one)).hasSize(2000);
        }
    }
}
