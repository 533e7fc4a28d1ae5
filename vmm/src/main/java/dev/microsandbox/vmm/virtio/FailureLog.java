package dev.microsandbox.vmm.virtio;

import dev.microsandbox.vmm.memory.MemoryFaultException;
import java.util.function.Consumer;

/**
 * Logs why a device does not work any more. Only the first failure gets a line, because a guest can
 * reset a device and break it again any number of times. The caller holds {@link
 * VirtioDevice#lock}.
 */
final class FailureLog {

    private final String device;
    private final Consumer<String> lines;
    private boolean written;

    /**
     * @param type a constant of {@link DeviceType}
     * @param lines takes the line
     */
    FailureLog(int type, Consumer<String> lines) {
        this.device = DeviceType.name(type);
        this.lines = lines;
    }

    /** Logs that the driver broke a queue. The device then waits for a reset. */
    void queueBroken(int queue, String reason) {
        write("queue " + queue + " is broken until the driver resets the device: " + reason);
    }

    /** Logs that the device model threw an exception, which ends the machine. */
    void failed(String where, Throwable cause) {
        write(where + " failed: " + words(cause).lines().findFirst().orElse(""));
    }

    private static String words(Throwable cause) {
        return cause instanceof MemoryFaultException
                ? String.valueOf(cause.getMessage())
                : cause.toString();
    }

    private void write(String line) {
        if (!written) {
            written = true;
            lines.accept(device + ", " + line);
        }
    }
}
