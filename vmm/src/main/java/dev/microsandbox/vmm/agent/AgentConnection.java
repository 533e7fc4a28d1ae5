package dev.microsandbox.vmm.agent;

import dev.microsandbox.vmm.GuestException;
import dev.microsandbox.vmm.SandboxException;
import dev.microsandbox.vmm.SandboxLostException;
import dev.microsandbox.vmm.SandboxStartException;
import dev.microsandbox.vmm.agent.stream.CallClock;
import dev.microsandbox.vmm.agent.stream.CallDeadline;
import dev.microsandbox.vmm.agent.stream.CallLimit;
import dev.microsandbox.vmm.agent.stream.Patience;
import dev.microsandbox.vmm.agent.stream.RecordMemory;
import dev.microsandbox.vmm.machine.GuestMachine;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The connection to one guest's agent: the handshake, the streams, and the decision that the guest
 * is lost. Thread-safe.
 *
 * <p>A broken protocol, a machine that stops and an agent that no longer answers all end in {@link
 * #fail}, which stops the machine and gives every stream the reason.
 */
final class AgentConnection {

    private static final String BUSY =
            "The sandbox's agent does not take what it is sent; try again when less is sent.";

    private final GuestMachine machine;
    private final FrameReader reader;
    private final FrameWriter writer;
    private final FrameDispatcher dispatcher;
    private final Watchdog watchdog;
    private final Patience patience;
    private final CallClock clock = new CallClock();
    private final CompletableFuture<String> agentBuild = new CompletableFuture<>();
    private final AtomicReference<@Nullable String> lossReason = new AtomicReference<>();

    private final Map<Integer, AgentStream> streams = new ConcurrentHashMap<>();
    private final Semaphore streamSlots = new Semaphore(Protocol.STREAMS_MAX, true);

    /** Held while a stream is opened, so that ids ascend on the wire. */
    private final ReentrantLock opening = new ReentrantLock();

    private final AtomicInteger lastId = new AtomicInteger();

    /** The RENEW without an answer so far, or null. */
    private volatile @Nullable Renewal renewal;

    private AgentConnection(GuestMachine machine, Patience patience) {
        this.machine = machine;
        this.patience = patience;
        this.reader = new FrameReader(machine.agentInput());
        this.writer = new FrameWriter(machine.agentOutput());
        this.watchdog = new Watchdog(this, writer);
        this.dispatcher = new FrameDispatcher(this, watchdog);
    }

    /**
     * Waits for the agent of a machine that has just started, and agrees on a version with it.
     *
     * @throws SandboxStartException if the agent does not come up in time; the machine is stopped
     */
    static AgentConnection connect(GuestMachine machine, String name, Duration timeout)
            throws InterruptedException {
        return connect(machine, name, timeout, Patience.DEFAULT);
    }

    /** Like {@link #connect(GuestMachine, String, Duration)}, with a patience of its own. */
    static AgentConnection connect(
            GuestMachine machine, String name, Duration timeout, Patience patience)
            throws InterruptedException {
        AgentConnection connection = new AgentConnection(machine, patience);
        connection.startReading(name, connection::readGreeting);
        try {
            connection.agentBuild.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            connection.write(
                    Protocol.CONNECTION_STREAM,
                    Protocol.FRAME_ACCEPT,
                    new PayloadWriter().u16(Protocol.PROTOCOL_VERSION));
            connection.watchdog.start(name);
            return connection;
        } catch (TimeoutException e) {
            machine.stop();
            throw new SandboxStartException(
                    "The sandbox's agent did not answer within "
                            + timeout.toSeconds()
                            + " s. "
                            + machine.lastWords(),
                    e);
        } catch (ExecutionException e) {
            throw new SandboxStartException("The sandbox did not start: " + connection.reason(), e);
        } catch (InterruptedException e) {
            machine.stop();
            throw e;
        }
    }

    /**
     * Takes over a restored machine, whose agent talked to another connection when it was saved.
     *
     * @throws SandboxStartException if the agent refuses or does not answer in time; the machine is
     *     stopped
     */
    static AgentConnection adopt(
            GuestMachine machine, String name, RenewRequest request, Duration timeout)
            throws InterruptedException {
        AgentConnection connection = new AgentConnection(machine, Patience.DEFAULT);
        connection.forget("");
        connection.startReading(name, () -> {});
        connection.watchdog.start(name);
        try {
            // Nobody else has the connection yet, so the writer need not be held.
            connection.renew(request, timeout);
            return connection;
        } catch (SandboxLostException e) {
            throw new SandboxStartException("The sandbox did not start: " + e.getMessage(), e);
        } catch (InterruptedException | RuntimeException e) {
            connection.fail("The sandbox was closed.");
            throw e;
        }
    }

    /**
     * Stops writing between two frames, and waits until the agent has read all of them.
     *
     * @throws SandboxException if the agent does not read them in time
     */
    void hold(Duration patience) throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        if (!writer.hold(patience)) {
            throw new SandboxException(BUSY);
        }
        clock.stop();
        boolean held = false;
        Watchdog.Ping ping = watchdog.ping();
        try {
            if (lossReason.get() != null) {
                throw new SandboxLostException(reason());
            }
            // Frames may still be in buffers of the machine's process. The answer proves that the
            // agent has read them, so that the machine's state is complete without these buffers.
            writer.writeHeld(Protocol.CONNECTION_STREAM, Protocol.FRAME_PING, ping.payload());
            ping.answer().get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
            held = true;
        } catch (TimeoutException e) {
            throw new SandboxException(BUSY, e);
        } catch (ExecutionException e) {
            throw new SandboxLostException(reason());
        } catch (IOException e) {
            throw new SandboxException("The sandbox's machine has stopped.", e);
        } finally {
            if (!held) {
                release();
            }
        }
    }

    /** Ends every stream, and makes the reader drop all input up to the answer to a RENEW. */
    void forget(String reason) {
        Renewal begun = Renewal.create();
        renewal = begun;
        // Before the streams are released, or a frame for one of them would be an error.
        reader.searchFor(begun.token());
        watchdog.forget();
        streams.values().forEach(stream -> release(stream, new AgentStream.Event.Undone(reason)));
    }

    /** Sends the RENEW that {@link #forget} prepared, and waits for its answer. */
    void renew(RenewRequest request, Duration timeout) throws InterruptedException {
        Renewal begun = Objects.requireNonNull(renewal);
        CompletableFuture<Void> overdue =
                begun.done().copy().orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS);
        // The time limit also covers the write below.
        CompletableFuture<Void> _ =
                overdue.whenComplete(
                        (_, e) -> {
                            if (e instanceof TimeoutException) {
                                fail(Renewal.overdue(timeout) + machine.lastWords());
                            }
                        });
        try {
            if (lossReason.get() == null) {
                writer.writeHeld(
                        Protocol.CONNECTION_STREAM, Protocol.FRAME_RENEW, begun.payload(request));
                begun.done().get();
            }
        } catch (IOException e) {
            // The machine has closed its end of the channel.
            fail(machine.lastWords());
        } catch (ExecutionException e) {
            // Whoever completed it this way has set the reason.
        }
        if (lossReason.get() != null) {
            throw new SandboxLostException(reason());
        }
    }

    /** Lets writers continue after {@link #hold}. */
    void release() {
        clock.go();
        writer.release();
    }

    /**
     * Opens the stream of an operation that ends by itself.
     *
     * @param incomingChannels a bit for each channel on which the agent may send
     * @param mostBytes how many bytes it may send on them in all
     */
    AgentStream open(int operation, PayloadWriter arguments, int incomingChannels, long mostBytes)
            throws InterruptedException {
        CallLimit limit = CallLimit.operation(patience);
        return open(operation, arguments, incomingChannels, mostBytes, limit);
    }

    /**
     * Opens a stream.
     *
     * @param incomingChannels a bit for each channel on which the agent may send
     * @param mostBytes how many bytes it may send on them in all
     * @param limit how long the operation may last
     */
    AgentStream open(
            int operation,
            PayloadWriter arguments,
            int incomingChannels,
            long mostBytes,
            CallLimit limit)
            throws InterruptedException {
        PayloadWriter payload = prefixed(operation, arguments);
        streamSlots.acquire();
        opening.lock();
        try {
            int id = lastId.incrementAndGet();
            if (id <= 0) {
                fail("The sandbox has used up its operations; start a new one.");
            }
            AgentStream stream =
                    new AgentStream(
                            this, id, incomingChannels, mostBytes, new CallDeadline(clock, limit));
            streams.put(stream.id(), stream);
            if (lossReason.get() != null) {
                // fail() may have released all streams before this one was among them.
                release(stream, new AgentStream.Event.Lost(reason()));
            } else {
                write(stream.id(), Protocol.FRAME_OPEN, payload);
            }
            return stream;
        } finally {
            opening.unlock();
        }
    }

    /** A parser of the records of one stream. */
    RecordParser recordParser(RecordParser.Limits limits, RecordParser.Sink sink) {
        return new RecordParser(limits, RecordMemory.OF_PROCESS, this, sink);
    }

    /** Whether a stream can be opened now without waiting for another one to end. */
    boolean hasFreeStream() {
        return streamSlots.availablePermits() > 0;
    }

    boolean hasStreams() {
        return !streams.isEmpty();
    }

    Patience patience() {
        return patience;
    }

    boolean isLost() {
        return lossReason.get() != null;
    }

    /** Declares the guest lost. Only the first reason counts. */
    void fail(String reason) {
        if (!lossReason.compareAndSet(null, reason)) {
            return;
        }
        machine.stop();
        SandboxLostException loss = new SandboxLostException(reason);
        agentBuild.completeExceptionally(loss);
        watchdog.fail(loss);
        Renewal begun = renewal;
        if (begun != null) {
            begun.done().completeExceptionally(loss);
        }
        streams.values().forEach(stream -> release(stream, new AgentStream.Event.Lost(reason)));
    }

    /**
     * Declares the guest lost because it broke the protocol.
     *
     * @return the reason, in words for users
     */
    String fail(ProtocolException e) {
        String reason = "The sandbox's agent broke its protocol: " + e.getMessage() + ".";
        fail(reason);
        return reason;
    }

    /** Writes a frame. Throws nothing on failure: the reader thread finds out the reason. */
    void write(int stream, int type, PayloadWriter payload) {
        if (lossReason.get() != null) {
            return;
        }
        try {
            // A stream that ended or was undone while this call waited must not send any more.
            writer.write(
                    stream,
                    type,
                    payload,
                    () -> stream == Protocol.CONNECTION_STREAM || streams.containsKey(stream));
        } catch (IOException e) {
            // The machine has closed its end of the channel: readFrames sees end of file.
        }
    }

    /** Why the guest is lost. */
    String reason() {
        String reason = lossReason.get();
        return reason == null ? "the sandbox was closed" : reason;
    }

    private static PayloadWriter prefixed(int operation, PayloadWriter arguments) {
        PayloadWriter payload = new PayloadWriter().u16(operation);
        if (payload.size() + arguments.size() > Protocol.FRAME_PAYLOAD_MAX) {
            throw new GuestException(
                    GuestException.BAD_ARGUMENT, "the arguments are longer than 64 KiB");
        }
        return payload.raw(arguments.frame(0, 0), Protocol.FRAME_HEADER, arguments.size());
    }

    /** Reads what comes before the frames of a connection. */
    @FunctionalInterface
    private interface Greeting {
        void read() throws IOException;
    }

    private void startReading(String name, Greeting greeting) {
        Thread.ofPlatform().name(name + "-agent").daemon().start(() -> readFrames(greeting));
    }

    private void readFrames(Greeting greeting) {
        try {
            greeting.read();
            Frame frame = reader.next();
            while (frame != null) {
                watchdog.heard();
                take(frame);
                frame = reader.next();
            }
            fail(machine.lastWords());
        } catch (ProtocolException e) {
            fail(e);
        } catch (IOException e) {
            fail(machine.lastWords());
        } catch (RuntimeException | Error e) {
            // A bug of this program in handling a guest's bytes costs that guest, never the server.
            fail("The sandbox was stopped because of an internal error: " + e);
            Thread.currentThread()
                    .getUncaughtExceptionHandler()
                    .uncaughtException(Thread.currentThread(), e);
        }
    }

    private void readGreeting() throws IOException {
        Frame frame = reader.next();
        if (frame != null) {
            String build = FrameDispatcher.agentBuild(frame);
            watchdog.heard();
            agentBuild.complete(build);
        }
    }

    private void take(Frame frame) throws ProtocolException {
        try {
            dispatcher.dispatch(frame);
        } catch (ProtocolException e) {
            // The frame was read before forget() released its stream, so its error does not count.
            if (!reader.isSearching()) {
                throw e;
            }
        }
    }

    // Called by the dispatcher, on the reader thread.

    /** The open stream with this id, or null. */
    @Nullable AgentStream stream(int id) {
        return streams.get(id);
    }

    void onRenewed(PayloadReader payload) throws ProtocolException {
        Renewal begun = renewal;
        if (begun == null) {
            throw new ProtocolException("an answer to a RENEW that was not sent");
        }
        int status = payload.u16();
        String message = FrameDispatcher.printable(payload.str());
        int last = payload.u31();
        payload.finish();
        if (status != Protocol.STATUS_OK) {
            fail("The sandbox's machine could not be restored: " + message + ".");
            return;
        }
        lastId.accumulateAndGet(last, Math::max);
        renewal = null;
        begun.done().complete(null);
    }

    /** Gives a stream its last event and frees its slot. */
    void release(AgentStream stream, AgentStream.Event last) {
        stream.onLast(last);
        if (streams.remove(stream.id(), stream)) {
            streamSlots.release();
        }
    }
}
