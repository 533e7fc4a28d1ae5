package dev.microsandbox.vmm.virtio;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A message on a console's control queues: struct virtio_console_control, virtio 1.2, section
 * 5.3.6.2.
 *
 * @param port its number
 * @param event one of the constants here
 */
record ControlMessage(int port, int event, int value) {

    static final int DEVICE_READY = 0;
    static final int DEVICE_ADD = 1;
    static final int PORT_READY = 3;
    static final int CONSOLE_PORT = 4;
    static final int PORT_OPEN = 6;
    static final int PORT_NAME = 7;

    static final int BYTES = 8;

    static ControlMessage decode(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        return new ControlMessage(
                buffer.getInt(), buffer.getShort() & 0xffff, buffer.getShort() & 0xffff);
    }

    /** Packs port, event and value into one number. */
    long pack() {
        return (long) port << 32 | (long) event << 16 | value;
    }

    static ControlMessage unpack(long packed) {
        return new ControlMessage(
                (int) (packed >> 32), (int) (packed >> 16) & 0xffff, (int) packed & 0xffff);
    }

    /**
     * The message's bytes for the driver.
     *
     * @param tail bytes after the message: the name in PORT_NAME
     */
    byte[] encode(byte[] tail) {
        return ByteBuffer.allocate(BYTES + tail.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(port)
                .putShort((short) event)
                .putShort((short) value)
                .put(tail)
                .array();
    }
}
