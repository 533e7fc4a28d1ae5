package dev.microsandbox.vmm.kvmmachine;

import dev.microsandbox.vmm.machine.LogTail;

/**
 * A 16550A with only the transmitter connected, for a kernel's messages before it finds a better
 * console. It is always ready to send and raises no interrupt; Linux's console writes to it by
 * polling. The registers are those of linux/serial_reg.h. Thread-safe.
 */
final class SerialPort implements PortDevice {

    static final int FIRST_PORT = 0x3f8;
    static final int PORTS = 8;

    // Registers, by offset.
    private static final int DATA = 0;
    private static final int INTERRUPT_ENABLE = 1;
    private static final int INTERRUPT_ID = 2;
    private static final int LINE_CONTROL = 3;
    private static final int MODEM_CONTROL = 4;
    private static final int LINE_STATUS = 5;
    private static final int MODEM_STATUS = 6;
    private static final int SCRATCH = 7;

    private static final int DIVISOR_LATCH = 0x80; // of LINE_CONTROL: 0 and 1 are the divisor
    private static final int LOOPBACK = 0x10; // of MODEM_CONTROL
    private static final int NO_INTERRUPT = 0x01; // of INTERRUPT_ID
    private static final int TRANSMITTER_EMPTY = 0x60; // of LINE_STATUS
    private static final int CONNECTED = 0xb0; // of MODEM_STATUS: carrier, ready, clear to send

    /** The number of writable registers. */
    private static final int SAVED_REGISTERS = 6;

    private final LogTail log;

    private int divisorLow = 1;
    private int divisorHigh;
    private int interruptEnable;
    private int lineControl;
    private int modemControl;
    private int scratch;

    /**
     * @param log takes the bytes that the guest sends
     */
    SerialPort(LogTail log) {
        this.log = log;
    }

    @Override
    public synchronized int read(int offset) {
        return switch (offset) {
            case DATA -> latched() ? divisorLow : 0;
            case INTERRUPT_ENABLE -> latched() ? divisorHigh : interruptEnable;
            case INTERRUPT_ID -> NO_INTERRUPT;
            case LINE_CONTROL -> lineControl;
            case MODEM_CONTROL -> modemControl;
            case LINE_STATUS -> TRANSMITTER_EMPTY;
            case MODEM_STATUS -> modemStatus();
            case SCRATCH -> scratch;
            default -> 0;
        };
    }

    @Override
    public synchronized void write(int offset, int value) {
        switch (offset) {
            case DATA -> {
                if (latched()) {
                    divisorLow = value;
                } else if ((modemControl & LOOPBACK) == 0) {
                    log.append(value);
                }
            }
            case INTERRUPT_ENABLE -> {
                if (latched()) {
                    divisorHigh = value;
                } else {
                    interruptEnable = value & 0x0f;
                }
            }
            case LINE_CONTROL -> lineControl = value;
            case MODEM_CONTROL -> modemControl = value & 0x1f;
            case SCRATCH -> scratch = value;
            default -> {
                // There is no FIFO to control, and the status registers are read-only.
            }
        }
    }

    /** The writable registers, one byte each. */
    @Override
    public synchronized byte[] save() {
        return new byte[] {
            (byte) divisorLow,
            (byte) divisorHigh,
            (byte) interruptEnable,
            (byte) lineControl,
            (byte) modemControl,
            (byte) scratch
        };
    }

    @Override
    public synchronized void restore(byte[] state) {
        if (state.length != SAVED_REGISTERS) {
            throw new IllegalArgumentException(
                    "a serial port has %d registers, not %d"
                            .formatted(SAVED_REGISTERS, state.length));
        }
        divisorLow = state[0] & 0xff;
        divisorHigh = state[1] & 0xff;
        interruptEnable = state[2] & 0xff;
        lineControl = state[3] & 0xff;
        modemControl = state[4] & 0xff;
        scratch = state[5] & 0xff;
    }

    private boolean latched() {
        return (lineControl & DIVISOR_LATCH) != 0;
    }

    /**
     * The modem status register. In loopback mode the modem's outputs are connected to its inputs,
     * by which Linux detects a UART.
     */
    private int modemStatus() {
        if ((modemControl & LOOPBACK) == 0) {
            return CONNECTED;
        }
        int ready = (modemControl & 0x01) << 5;
        int send = (modemControl & 0x02) << 3;
        int outputs = (modemControl & 0x0c) << 4;
        return ready | send | outputs;
    }
}
