package dev.microsandbox.vmm.virtio;

import dev.microsandbox.vmm.memory.GuestRange;
import dev.microsandbox.vmm.state.StateReader;
import dev.microsandbox.vmm.state.StateWriter;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A console with two ports: virtio 1.2, section 5.3. Port 0 is the kernel's console; only its
 * output is connected. Port 1 carries bytes in both directions between the host and the agent,
 * which finds it by its name.
 */
public final class Console extends VirtioDevice {

    private static final int CONSOLE_PORT = 0;
    private static final int AGENT_PORT = 1;
    private static final int PORTS = 2;

    // Queues (5.3.2). "Receive" and "transmit" are from the driver's point of view.
    private static final int CONSOLE_TRANSMIT = 1;
    private static final int CONTROL_RECEIVE = 2;
    private static final int CONTROL_TRANSMIT = 3;
    private static final int AGENT_RECEIVE = 4;
    private static final int AGENT_TRANSMIT = 5;

    /**
     * The driver fills each receive queue with one-page buffers, so the queues are no larger than
     * useful.
     */
    private static final int[] QUEUE_SIZES = {8, 64, 16, 16, 64, 64};

    private static final long FEATURE_MULTIPORT = 1 << 1;

    // Configuration space: struct virtio_console_config.
    private static final int CONFIG_BYTES = 12;
    private static final int CONFIG_PORTS = 4;

    /** The most buffers to serve before other devices get their turn. */
    private static final int MOST_BUFFERS = 64;

    /** The most bytes to copy at once for the output. */
    private static final int PRINTED_BYTES = 16 * 1024;

    private final byte[] agentName;
    private final ConsoleOutput output;
    private final PortInput fromAgent = new PortInput(lock, this::failed);
    private final PortOutput toAgent = new PortOutput(lock, this::failed);

    /**
     * Control messages for the driver that wait for buffers. A set, so that a driver that keeps
     * asking cannot make it grow beyond the number of different messages.
     */
    private final Set<ControlMessage> pendingMessages = new LinkedHashSet<>();

    private List<Virtqueue> queues = List.of();

    /**
     * @param agentPort the name of port 1
     * @param output takes what the guest writes to port 0
     */
    public Console(String agentPort, ConsoleOutput output) {
        this.agentName = agentPort.getBytes(StandardCharsets.US_ASCII);
        this.output = output;
    }

    /**
     * Bytes from port 1, read directly from the driver's buffers. If nobody reads, the guest has to
     * wait, and no memory is used on the host. Ends with the machine.
     */
    public InputStream fromAgent() {
        return fromAgent;
    }

    /**
     * Bytes to port 1, written directly to the driver's buffers. A write waits until the guest has
     * opened the port and has provided buffers, and fails when the machine has ended.
     */
    public OutputStream toAgent() {
        return toAgent;
    }

    @Override
    protected int type() {
        return DeviceType.CONSOLE;
    }

    @Override
    protected long features() {
        return FEATURE_MULTIPORT;
    }

    @Override
    protected int[] queueSizes() {
        return QUEUE_SIZES.clone();
    }

    @Override
    protected byte[] config() {
        return ByteBuffer.allocate(CONFIG_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(CONFIG_PORTS, PORTS)
                .array();
    }

    @Override
    protected void activate(Activation activation) {
        queues = activation.queues();
        fromAgent.connect(queues.get(AGENT_TRANSMIT));
        toAgent.connect(queues.get(AGENT_RECEIVE));
    }

    @Override
    protected void reset() {
        queues = List.of();
        pendingMessages.clear();
        fromAgent.disconnect();
        toAgent.disconnect();
    }

    /**
     * Saves the position in the bytes from the guest, even in the middle of a buffer: after a
     * restore, the host reads on with the first byte that it had not read. So a user of the agent's
     * port must save the machine between two messages of its protocol.
     */
    @Override
    protected DeviceState save() {
        return new ConsoleState(
                pendingMessages.stream().map(ControlMessage::pack).toList(),
                toAgent.isOpen(),
                fromAgent.head(),
                fromAgent.bytesRead());
    }

    @Override
    protected void restore(DeviceState state) {
        if (!(state instanceof ConsoleState saved)) {
            throw new IllegalArgumentException("a console does not remember " + state);
        }
        pendingMessages.clear();
        saved.pendingMessages().stream().map(ControlMessage::unpack).forEach(pendingMessages::add);
        toAgent.setOpen(saved.agentPortOpen());
        fromAgent.continueAt(saved.inputHead(), saved.inputBytes());
    }

    /**
     * The saved state of a console.
     *
     * @param pendingMessages control messages that wait for buffers, packed as {@code port << 32 |
     *     event << 16 | value}
     * @param agentPortOpen whether a program in the guest has opened the agent's port
     * @param inputHead head of the chain that the host has partly read; −1 if none
     * @param inputBytes how many bytes of that chain the host has read
     */
    public record ConsoleState(
            List<Long> pendingMessages, boolean agentPortOpen, int inputHead, long inputBytes)
            implements DeviceState {

        static final int KIND = 1;

        public ConsoleState {
            pendingMessages = List.copyOf(pendingMessages);
        }

        @Override
        public void write(StateWriter to) {
            to.u8(KIND);
            to.list(pendingMessages, to::u64);
            to.flag(agentPortOpen);
            to.u32(inputHead);
            to.u64(inputBytes);
        }

        static ConsoleState read(StateReader from) {
            return new ConsoleState(
                    from.list(Long.BYTES, from::u64), from.flag(), from.u32(), from.u64());
        }
    }

    @Override
    public void hold() {
        setHeld(true);
    }

    @Override
    public void release() {
        setHeld(false);
    }

    private void setHeld(boolean held) {
        lock.lock();
        try {
            fromAgent.setHeld(held);
            toAgent.setHeld(held);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            fromAgent.end();
            toAgent.end();
        } finally {
            lock.unlock();
        }
    }

    @Override
    protected boolean notified(int queue) {
        if (queues.isEmpty()) {
            return false;
        }
        switch (queue) {
            case CONSOLE_TRANSMIT -> {
                return queues.get(CONSOLE_TRANSMIT).serve(MOST_BUFFERS, this::print);
            }
            case CONTROL_TRANSMIT -> {
                return queues.get(CONTROL_TRANSMIT).serve(MOST_BUFFERS, this::receiveControl);
            }
            case CONTROL_RECEIVE -> sendControl();
            case AGENT_TRANSMIT -> fromAgent.wake();
            case AGENT_RECEIVE -> toAgent.wake();
            default -> {
                // New buffers for the console's input, which is not connected.
            }
        }
        return false;
    }

    private long print(DescriptorChain chain) {
        byte[] part = new byte[(int) Math.min(chain.readableBytes(), PRINTED_BYTES)];
        for (GuestRange bytes : chain.readable()) {
            for (long at = 0; at < bytes.byteSize(); at += part.length) {
                int length = (int) Math.min(bytes.byteSize() - at, part.length);
                bytes.copyTo(at, part, 0, length);
                output.write(MemorySegment.ofArray(part).asSlice(0, length));
            }
        }
        return 0;
    }

    private long receiveControl(DescriptorChain chain) {
        if (chain.readableBytes() >= ControlMessage.BYTES) {
            answer(ControlMessage.decode(Buffers.copy(chain.readable(), ControlMessage.BYTES)));
        }
        return 0;
    }

    private void answer(ControlMessage message) {
        switch (message.event()) {
            case ControlMessage.DEVICE_READY -> {
                if (message.value() == 1) {
                    for (int port = 0; port < PORTS; port++) {
                        pendingMessages.add(new ControlMessage(port, ControlMessage.DEVICE_ADD, 1));
                    }
                }
            }
            case ControlMessage.PORT_READY -> {
                if (message.value() == 1) {
                    announcePort(message.port());
                }
            }
            case ControlMessage.PORT_OPEN -> {
                if (message.port() == AGENT_PORT) {
                    toAgent.setOpen(message.value() == 1);
                }
            }
            default -> {
                // A driver sends no other event.
            }
        }
        sendControl();
    }

    /**
     * Tells the driver a port's role, then that the host has opened it. Until then the guest reads
     * end of file.
     */
    private void announcePort(int port) {
        switch (port) {
            case CONSOLE_PORT ->
                    pendingMessages.add(new ControlMessage(port, ControlMessage.CONSOLE_PORT, 1));
            case AGENT_PORT ->
                    pendingMessages.add(new ControlMessage(port, ControlMessage.PORT_NAME, 1));
            default -> {
                return;
            }
        }
        pendingMessages.add(new ControlMessage(port, ControlMessage.PORT_OPEN, 1));
    }

    private void sendControl() {
        Virtqueue to = queues.get(CONTROL_RECEIVE);
        Iterator<ControlMessage> messages = pendingMessages.iterator();
        while (messages.hasNext()) {
            DescriptorChain chain = to.poll();
            if (chain == null) {
                break;
            }
            ControlMessage message = messages.next();
            boolean named = message.event() == ControlMessage.PORT_NAME;
            byte[] bytes = message.encode(named ? agentName : new byte[0]);
            to.complete(chain, Buffers.fill(chain.writable(), bytes, 0, bytes.length));
            messages.remove();
        }
        to.signal();
    }
}
