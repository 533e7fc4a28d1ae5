package dev.microsandbox.vmm.virtio;

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
 * A console with two ports: virtio 1.2, section 5.3. Port 0 is the kernel's console, of which only
 * the output is connected. Port 1 has a name by which the agent finds it, and carries bytes both
 * ways.
 */
public final class Console extends VirtioDevice {

    private static final int CONSOLE_PORT = 0;
    private static final int AGENT_PORT = 1;
    private static final int PORTS = 2;

    // Queues (5.3.2). "Receive" and "transmit" are the driver's point of view.
    private static final int CONSOLE_TRANSMIT = 1;
    private static final int CONTROL_RECEIVE = 2;
    private static final int CONTROL_TRANSMIT = 3;
    private static final int AGENT_RECEIVE = 4;
    private static final int AGENT_TRANSMIT = 5;

    /** The driver fills the receive queues with buffers of a page: no more than is of use. */
    private static final int[] QUEUE_SIZES = {8, 64, 16, 16, 64, 64};

    private static final long FEATURE_MULTIPORT = 1 << 1;

    // Configuration space: struct virtio_console_config.
    private static final int CONFIG_BYTES = 12;
    private static final int CONFIG_PORTS = 4;

    /** Buffers in a row before other devices have their turn. */
    private static final int MOST_BUFFERS = 64;

    private final byte[] agentName;
    private final ConsoleOutput output;
    private final PortInput fromAgent = new PortInput(lock);
    private final PortOutput toAgent = new PortOutput(lock);

    /**
     * What the driver is to be told when it has room for it. A set, so that a driver that asks
     * again and again makes it no longer than there are different messages.
     */
    private final Set<ControlMessage> toTell = new LinkedHashSet<>();

    private List<Virtqueue> queues = List.of();

    /**
     * @param agentPort the name of port 1
     * @param output takes what is written to port 0
     */
    public Console(String agentPort, ConsoleOutput output) {
        this.agentName = agentPort.getBytes(StandardCharsets.US_ASCII);
        this.output = output;
    }

    /**
     * Bytes from port 1, straight from the driver's buffers: one that is not read from holds the
     * guest up and takes no memory here. Ends with the machine.
     */
    public InputStream fromAgent() {
        return fromAgent;
    }

    /**
     * Bytes to port 1, straight into the driver's buffers. A write waits for the guest to open the
     * port and to have room, and fails when the machine has ended.
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
        toTell.clear();
        fromAgent.disconnect();
        toAgent.disconnect();
    }

    /**
     * The bytes from the guest go on where they were: what the host had read by then is not given
     * again, what it had not read is not lost, even in the middle of a buffer. So whoever speaks a
     * protocol there saves the machine between two messages.
     */
    @Override
    protected DeviceState save() {
        return new ConsoleState(
                toTell.stream().map(ControlMessage::pack).toList(),
                toAgent.isOpen(),
                fromAgent.head(),
                fromAgent.bytesRead());
    }

    @Override
    protected void restore(DeviceState state) {
        if (!(state instanceof ConsoleState saved)) {
            throw new IllegalArgumentException("a console does not remember " + state);
        }
        toTell.clear();
        saved.toTell().stream().map(ControlMessage::unpack).forEach(toTell::add);
        toAgent.setOpen(saved.agentPortOpen());
        fromAgent.continueAt(saved.inputHead(), saved.inputBytes());
    }

    /**
     * What a console remembers.
     *
     * @param toTell messages that wait for room, packed as {@code port << 32 | event << 16 | value}
     * @param agentPortOpen whether a program in the guest has opened the agent's port
     * @param inputHead the chain that the agent's reader is in the middle of; −1 if none
     * @param inputBytes how many of that chain's bytes were read
     */
    public record ConsoleState(
            List<Long> toTell, boolean agentPortOpen, int inputHead, long inputBytes)
            implements DeviceState {

        static final int KIND = 1;

        public ConsoleState {
            toTell = List.copyOf(toTell);
        }

        @Override
        public void write(StateWriter to) {
            to.u8(KIND);
            to.list(toTell, to::u64);
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
                return queues.get(CONTROL_TRANSMIT).serve(MOST_BUFFERS, this::hear);
            }
            case CONTROL_RECEIVE -> tell();
            case AGENT_TRANSMIT -> fromAgent.wake();
            case AGENT_RECEIVE -> toAgent.wake();
            default -> {
                // Room for input to the console, of which there is none.
            }
        }
        return false;
    }

    private long print(DescriptorChain chain) {
        for (MemorySegment bytes : chain.readable()) {
            output.write(bytes);
        }
        return 0;
    }

    private long hear(DescriptorChain chain) {
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
                        toTell.add(new ControlMessage(port, ControlMessage.DEVICE_ADD, 1));
                    }
                }
            }
            case ControlMessage.PORT_READY -> {
                if (message.value() == 1) {
                    introduce(message.port());
                }
            }
            case ControlMessage.PORT_OPEN -> {
                if (message.port() == AGENT_PORT) {
                    toAgent.setOpen(message.value() == 1);
                }
            }
            default -> {
                // Nothing else is for a driver to say.
            }
        }
        tell();
    }

    /** Says what a port is, then that our end is open: until then the guest reads end of file. */
    private void introduce(int port) {
        switch (port) {
            case CONSOLE_PORT ->
                    toTell.add(new ControlMessage(port, ControlMessage.CONSOLE_PORT, 1));
            case AGENT_PORT -> toTell.add(new ControlMessage(port, ControlMessage.PORT_NAME, 1));
            default -> {
                return;
            }
        }
        toTell.add(new ControlMessage(port, ControlMessage.PORT_OPEN, 1));
    }

    private void tell() {
        Virtqueue to = queues.get(CONTROL_RECEIVE);
        Iterator<ControlMessage> messages = toTell.iterator();
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
