package dev.microsandbox.vmm.agent;

import dev.microsandbox.vmm.GuestException;
import dev.microsandbox.vmm.SandboxException;
import dev.microsandbox.vmm.SandboxLostException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One operation in progress (docs/agent-protocol.md, section 2, "Streams"). The connection's reader
 * thread adds events and never waits. One thread takes them, in {@link #await}. Any thread may
 * send.
 *
 * <p>The window bounds the bytes that are queued; an agent that sends more breaks the protocol.
 */
final class AgentStream {

    /** Receives a stream's bytes, in order, on the thread that waits for the stream's end. */
    @FunctionalInterface
    interface DataHandler {

        /** For operations that send no data. */
        DataHandler NONE = (channel, bytes) -> {};

        /**
         * Receives bytes. It may block, which makes the agent wait. A failure cancels the
         * operation.
         */
        void accept(int channel, byte[] bytes) throws IOException;
    }

    /**
     * How long the agent may take to confirm a cancellation. Its signals to stop a call take 4.3 s.
     */
    private static final Duration CANCEL_PATIENCE = Duration.ofSeconds(30);

    private final AgentConnection connection;
    private final int id;
    private final int incomingChannels;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<StreamEvent> events = new ArrayDeque<>();

    /** Bytes that the agent may still send. Guarded by {@link #lock}, like all that follows. */
    private int receiveWindow = Protocol.WINDOW_INITIAL;

    /** Bytes that the agent still accepts. */
    private int sendCredit = Protocol.WINDOW_INITIAL;

    /** The final event, after which nothing follows: the end, the undoing or the loss. Set once. */
    private @Nullable StreamEvent last;

    /**
     * @param incomingChannels the channels on which the agent may send, one bit each
     */
    AgentStream(AgentConnection connection, int id, int incomingChannels) {
        this.connection = connection;
        this.id = id;
        this.incomingChannels = incomingChannels;
    }

    int id() {
        return id;
    }

    // Called by the connection's reader thread.

    void onData(int channel, byte[] bytes) throws ProtocolException {
        if (channel > 31 || (incomingChannels & 1 << channel) == 0) {
            throw new ProtocolException("data on channel " + channel + " of stream " + id);
        }
        lock.lock();
        try {
            if (bytes.length > receiveWindow) {
                throw new ProtocolException("stream " + id + " sent more than its window");
            }
            receiveWindow -= bytes.length;
            events.add(new StreamEvent.Data(channel, bytes));
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void onCredit(int bytes) throws ProtocolException {
        lock.lock();
        try {
            if (bytes <= 0 || sendCredit + (long) bytes > Protocol.WINDOW_MAX) {
                throw new ProtocolException("stream " + id + " gave a credit of " + bytes);
            }
            sendCredit += bytes;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Records the final event. Ignores any later one. */
    void onLast(StreamEvent event) {
        lock.lock();
        try {
            if (last == null) {
                last = event;
                events.add(event);
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    // Called by the users of the stream.

    /**
     * Sends bytes. Waits for credit without limit.
     *
     * @return false if the stream has ended; the bytes are then dropped
     */
    boolean send(int channel, byte[] bytes, int offset, int length) throws InterruptedException {
        int sent = 0;
        while (sent < length) {
            int part = takeCredit(Math.min(length - sent, Protocol.FRAME_DATA_MAX));
            if (part == 0) {
                return false;
            }
            connection.write(
                    id,
                    Protocol.FRAME_DATA,
                    new PayloadWriter().u8(channel).raw(bytes, offset + sent, part));
            sent += part;
        }
        return true;
    }

    void sendEof(int channel) {
        connection.write(id, Protocol.FRAME_EOF, new PayloadWriter().u8(channel));
    }

    void signal(int number) {
        connection.write(id, Protocol.FRAME_SIGNAL, new PayloadWriter().u8(number));
    }

    void cancel() {
        connection.write(id, Protocol.FRAME_CANCEL, new PayloadWriter());
    }

    /**
     * Waits for the end of the operation, and passes its data to the handler.
     *
     * <p>If the thread is interrupted or the handler fails, this cancels the operation and waits
     * for its end before it throws, so that nothing of it runs afterwards.
     *
     * @return the operation's result
     * @throws IOException as thrown by the handler
     * @throws GuestException if the operation ended with a status other than 0
     * @throws SandboxException if the machine was restored to a checkpoint meanwhile
     * @throws SandboxLostException if the machine has ended, or was given up because its result
     *     cannot be decoded
     */
    <T> T await(DataHandler handler, ResultDecoder<T> decoder)
            throws IOException, InterruptedException {
        try {
            while (true) {
                switch (take()) {
                    case StreamEvent.Data data -> {
                        handler.accept(data.channel(), data.bytes());
                        giveCredit(data.bytes().length);
                    }
                    case StreamEvent.End end -> {
                        if (end.status() != Protocol.STATUS_OK) {
                            throw new GuestException(end.status(), end.message());
                        }
                        PayloadReader result = new PayloadReader(end.result());
                        T value = decoder.decode(result);
                        result.finish();
                        return value;
                    }
                    case StreamEvent.Undone undone -> throw new SandboxException(undone.reason());
                    case StreamEvent.Lost lost -> throw new SandboxLostException(lost.reason());
                }
            }
        } catch (ProtocolException e) {
            throw new SandboxLostException(connection.fail(e));
        } catch (InterruptedException | IOException | RuntimeException e) {
            if (!hasEnded()) {
                cancelAndDrain();
            }
            throw e;
        }
    }

    /**
     * Cancels the operation and waits a bounded time, ignoring interrupts, for the agent to
     * confirm.
     */
    void cancelAndDrain() {
        cancel();
        long deadline = System.nanoTime() + CANCEL_PATIENCE.toNanos();
        boolean interrupted = false;
        lock.lock();
        try {
            while (last == null) {
                // Nobody needs the remaining output. Drops it, but keeps giving credit, because the
                // agent could not finish otherwise.
                int dropped = dropData();
                if (dropped > 0) {
                    lock.unlock();
                    try {
                        giveCredit(dropped);
                    } finally {
                        lock.lock();
                    }
                    continue;
                }
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    break;
                }
                try {
                    boolean _ = changed.await(left, TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            lock.unlock();
        }
        if (!hasEnded()) {
            connection.fail("the agent did not confirm a cancellation");
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    boolean hasEnded() {
        lock.lock();
        try {
            return last != null;
        } finally {
            lock.unlock();
        }
    }

    private StreamEvent take() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (events.isEmpty()) {
                if (last != null) {
                    return last;
                }
                changed.await();
            }
            return events.remove();
        } finally {
            lock.unlock();
        }
    }

    private int dropData() {
        int bytes = 0;
        while (events.peek() instanceof StreamEvent.Data data) {
            bytes += data.bytes().length;
            events.remove();
        }
        return bytes;
    }

    private void giveCredit(int bytes) {
        lock.lock();
        try {
            receiveWindow += bytes;
        } finally {
            lock.unlock();
        }
        if (!hasEnded()) {
            connection.write(id, Protocol.FRAME_CREDIT, new PayloadWriter().u32(bytes));
        }
    }

    private int takeCredit(int wanted) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (sendCredit == 0 && last == null) {
                changed.await();
            }
            if (last != null) {
                return 0;
            }
            int granted = Math.min(wanted, sendCredit);
            sendCredit -= granted;
            return granted;
        } finally {
            lock.unlock();
        }
    }
}
