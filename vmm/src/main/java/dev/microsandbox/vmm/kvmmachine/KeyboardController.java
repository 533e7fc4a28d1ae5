package dev.microsandbox.vmm.kvmmachine;

/**
 * The part of the i8042 that a machine without a keyboard needs: a guest resets the machine through
 * it (command 0xfe to port 0x64; Linux does so with reboot=k). Thread-safe.
 */
final class KeyboardController implements PortDevice {

    static final int FIRST_PORT = 0x60;

    /** Data at 0x60, command and status at 0x64. */
    static final int PORTS = 5;

    private static final int COMMAND = 4;
    private static final int PULSE_RESET_LINE = 0xfe;

    private final Runnable reset;

    /**
     * @param reset called on the vCPU's thread when the guest asks for a reset
     */
    KeyboardController(Runnable reset) {
        this.reset = reset;
    }

    /**
     * Returns zero: there is no data, and the controller is ready for a command. Linux waits for
     * that before it sends one.
     */
    @Override
    public int read(int offset) {
        return 0;
    }

    @Override
    public void write(int offset, int value) {
        if (offset == COMMAND && value == PULSE_RESET_LINE) {
            reset.run();
        }
    }
}
