package dev.microsandbox.vmm.agent;

import dev.microsandbox.vmm.GuestException;
import dev.microsandbox.vmm.SandboxException;
import dev.microsandbox.vmm.SandboxLostException;
import dev.microsandbox.vmm.agent.stream.CallDeadline;
import dev.microsandbox.vmm.agent.stream.ReceivedBytes;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One operation in progress (docs/agent-protocol.md, section 2, "Streams"). The connection's reader
 * thread adds bytes and never waits. One thread takes them, in {@link #await}. Any thread may send.
 *
 * <p>The window bounds the bytes that wait, and the operation bounds them in all; an agent that
 * sends more breaks the protocol.
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
        void accept(int channel, byte[] bytes) throws IOException, InterruptedException;
    }

    /** An event of a stream, from the agent or about its end. */
    sealed interface Event {

        /** Bytes on a channel. */
        record Data(int channel, byte[] bytes) implements Event {}

        /**
         * The end of the operation.
         *
         * @param result the operation's encoded result, if the status is 0
         */
        record End(int status, String message, byte[] result) implements Event {}

        /** The machine was restored to a state that knows nothing of this operation. */
        record Undone(String reason) implements Event {}

        /** The machine has ended. */
        record Lost(String reason) implements Event {}
    }

    /** The number of bytes that operations without an end of their own may send. */
    static final long UNBOUNDED = Long.MAX_VALUE;

    /** The most bytes that the handler gets at once. */
    private static final int PIECE_MAX = 64 * 1024;

    /**
     * The bytes for which credit is kept back, so that small pieces do not each cost a frame. A
     * quarter of the window, so that the agent never has to wait for it.
     */
    private static final int CREDIT_STEP = Protocol.WINDOW_INITIAL / 4;

    /**
     * The shortest wait for a deadline, in nanoseconds: the clock may stand still just before it.
     */
    private static final long SHORTEST_WAIT = 1_000_000;

    private final AgentConnection connection;
    private final int id;
    private final int incomingChannels;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ReceivedBytes received = new ReceivedBytes();

    /** Bytes that the agent may still send. Guarded by {@link #lock}, like all that follows. */
    private int receiveWindow = Protocol.WINDOW_INITIAL;

    private final CallDeadline deadline;

    /** Bytes that the operation may still send in all. */
    private long unsent;

    /** Bytes that were taken and for which the agent has no credit yet. */
    private int owed;

    /** Bytes that the agent still accepts. */
    private int sendCredit = Protocol.WINDOW_INITIAL;

    /** The final event, after which nothing follows: the end, the undoing or the loss. Set once. */
    private @Nullable Event last;

    /**
     * @param incomingChannels the channels on which the agent may send, one bit each
     * @param mostBytes how many bytes it may send on them in all
     * @param deadline when the host ends the operation itself
     */
    AgentStream(
            AgentConnection connection,
            int id,
            int incomingChannels,
            long mostBytes,
            CallDeadline deadline) {
        this.connection = connection;
        this.id = id;
        this.incomingChannels = incomingChannels;
        this.unsent = mostBytes;
        this.deadline = deadline;
    }

    int id() {
        return id;
    }

    // Called by the connection's reader thread.

    void onData(int channel, byte[] from, int offset, int length) throws ProtocolException {
        if (channel > ReceivedBytes.CHANNEL_MAX || (incomingChannels & 1 << channel) == 0) {
            throw new ProtocolException("data on channel " + channel + " of stream " + id);
        }
        lock.lock();
        try {
            if (length > receiveWindow) {
                throw new ProtocolException("stream " + id + " sent more than its window");
            }
            if (length > unsent) {
                throw new ProtocolException("stream " + id + " sent more than was asked for");
            }
            receiveWindow -= length;
            unsent -= length;
            if (last == null) {
                received.add(channel, from, offset, length);
                changed.signalAll();
            }
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
    void onLast(Event event) {
        lock.lock();
        try {
            if (last == null) {
                last = event;
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    // Called by the users of the stream.

    /**
     * Sends bytes. Waits for credit until the operation's deadline.
     *
     * @return false if the stream has ended; the bytes are then dropped
     * @throws SandboxException if the operation is overdue; the caller cancels it
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
     * <p>If the thread is interrupted, the handler fails or the agent does not end the operation by
     * its deadline, this cancels the operation and waits for its end before it throws, so that
     * nothing of it runs afterwards.
     *
     * @return the operation's result
     * @throws IOException as thrown by the handler
     * @throws GuestException if the operation ended with a status other than 0
     * @throws SandboxException if the machine was restored to a checkpoint meanwhile, or the
     *     operation is overdue
     * @throws SandboxLostException if the machine has ended, or was given up because its result
     *     cannot be decoded
     */
    <T> T await(DataHandler handler, ResultDecoder<T> decoder)
            throws IOException, InterruptedException {
        try {
            while (true) {
                switch (take()) {
                    case Event.Data(int channel, byte[] bytes) -> {
                        long before = System.nanoTime();
                        handler.accept(channel, bytes);
                        taken(System.nanoTime() - before);
                        giveCredit(bytes.length);
                    }
                    case Event.End end -> {
                        if (end.status() != Protocol.STATUS_OK) {
                            throw new GuestException(end.status(), reason(end));
                        }
                        PayloadReader result = new PayloadReader(end.result());
                        T value = decoder.decode(result);
                        result.finish();
                        return value;
                    }
                    case Event.Undone undone -> throw new SandboxException(undone.reason());
                    case Event.Lost lost -> throw new SandboxLostException(lost.reason());
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
     * Cancels the operation and waits, ignoring interrupts, for the agent to confirm. An agent that
     * does not in time, or keeps sending, is given up.
     */
    void cancelAndDrain() {
        cancel();
        long deadline = System.nanoTime() + connection.patience().cancel().toNanos();
        long drained = 0;
        boolean interrupted = false;
        lock.lock();
        try {
            while (last == null) {
                // Nobody needs the remaining output. Drops it, but keeps giving credit, because the
                // agent could not finish otherwise.
                int dropped = received.clear();
                drained += dropped;
                long left = deadline - System.nanoTime();
                if (left <= 0 || drained > Protocol.CANCELLED_MAX) {
                    break;
                }
                if (dropped > 0) {
                    lock.unlock();
                    try {
                        giveCredit(dropped);
                    } finally {
                        lock.lock();
                    }
                    continue;
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
            connection.fail(
                    drained > Protocol.CANCELLED_MAX
                            ? "The sandbox's agent kept sending after its call was cancelled."
                            : "The sandbox's agent did not end a call that was cancelled.");
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static String reason(Event.End end) {
        return end.message().isBlank()
                ? "The sandbox's agent gave no reason; its status is " + end.status() + "."
                : end.message();
    }

    boolean hasEnded() {
        lock.lock();
        try {
            return last != null;
        } finally {
            lock.unlock();
        }
    }

    private Event take() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (received.isEmpty()) {
                if (last != null) {
                    return last;
                }
                boolean _ = changed.await(timeLeft(), TimeUnit.NANOSECONDS);
            }
            if (last == null) {
                endIfOverdue();
            }
            ReceivedBytes.Piece piece = received.take(PIECE_MAX);
            deadline.moved();
            return new Event.Data(piece.channel(), piece.bytes());
        } finally {
            lock.unlock();
        }
    }

    private void endIfOverdue() {
        if (deadline.left() <= 0) {
            throw new SandboxException(CallDeadline.OVERDUE);
        }
    }

    /** How long to wait for a change, in nanoseconds. */
    private long timeLeft() {
        endIfOverdue();
        return Math.max(deadline.left(), SHORTEST_WAIT);
    }

    private void taken(long nanos) {
        lock.lock();
        try {
            deadline.taken(nanos);
        } finally {
            lock.unlock();
        }
    }

    private void giveCredit(int bytes) {
        int given;
        lock.lock();
        try {
            owed += bytes;
            if (owed < CREDIT_STEP || last != null) {
                return;
            }
            given = owed;
            owed = 0;
            receiveWindow += given;
        } finally {
            lock.unlock();
        }
        connection.write(id, Protocol.FRAME_CREDIT, new PayloadWriter().u32(given));
    }

    private int takeCredit(int wanted) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (sendCredit == 0 && last == null) {
                boolean _ = changed.await(timeLeft(), TimeUnit.NANOSECONDS);
            }
            if (last != null) {
                return 0;
            }
            deadline.moved();
            int granted = Math.min(wanted, sendCredit);
            sendCredit -= granted;
            return granted;
        } finally {
            lock.unlock();
        }
    }
}
