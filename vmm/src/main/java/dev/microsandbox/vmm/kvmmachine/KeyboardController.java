package dev.microsandbox.vmm.kvmmachine;

/**
 * The i8042 as far as a machine without a keyboard needs it: a guest resets the machine through it
 * (command 0xfe to port 0x64; Linux does so with reboot=k). Thread-safe.
 */
final class KeyboardController implements PortDevice {

    static final int FIRST_PORT = 0x60;

    /** Data at 0x60, command and status at 0x64. */
    static final int PORTS = 5;

    private static final int COMMAND = 4;
    private static final int PULSE_RESET_LINE = 0xfe;

    private final Runnable reset;

    /**
     * @param reset what to do when the guest asks for it; on the vCPU's thread
     */
    KeyboardController(Runnable reset) {
        this.reset = reset;
    }

    /** Zeros: no data, and ready for a command, which Linux waits for before it sends one. */
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
