package dev.microsandbox.vmm.agent;

import dev.microsandbox.vmm.GuestException;
import dev.microsandbox.vmm.SandboxException;
import dev.microsandbox.vmm.SandboxLostException;
import dev.microsandbox.vmm.SandboxStartException;
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
import java.util.concurrent.atomic.AtomicLong;
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

    /** How often to ask a silent agent with open streams whether it still answers. */
    private static final Duration PING_INTERVAL = Duration.ofSeconds(10);

    /** Time without a frame after which an agent that was asked counts as lost. */
    private static final Duration SILENCE_LIMIT = Duration.ofSeconds(60);

    private static final String BUSY =
            "The sandbox's agent does not take what it is sent; try again when less is sent.";

    private final GuestMachine machine;
    private final FrameReader reader;
    private final FrameWriter writer;
    private final FrameDispatcher dispatcher = new FrameDispatcher(this);
    private final CompletableFuture<String> agentBuild = new CompletableFuture<>();
    private final AtomicReference<@Nullable String> lossReason = new AtomicReference<>();

    private final Map<Integer, AgentStream> streams = new ConcurrentHashMap<>();
    private final Semaphore streamSlots = new Semaphore(Protocol.STREAMS_MAX, true);

    /** Held while a stream is opened, so that ids ascend on the wire. */
    private final ReentrantLock opening = new ReentrantLock();

    private final AtomicInteger lastId = new AtomicInteger();

    private volatile long lastHeard = System.nanoTime();

    /** Pings without an answer so far, by their tokens. */
    private final Map<Long, CompletableFuture<Void>> pings = new ConcurrentHashMap<>();

    private final AtomicLong lastPing = new AtomicLong();

    /** The RENEW without an answer so far, or null. */
    private volatile @Nullable Renewal renewal;

    private AgentConnection(GuestMachine machine) {
        this.machine = machine;
        this.reader = new FrameReader(machine.agentInput());
        this.writer = new FrameWriter(machine.agentOutput());
    }

    /**
     * Waits for the agent of a machine that has just started, and agrees on a version with it.
     *
     * @throws SandboxStartException if the agent does not come up in time; the machine is stopped
     */
    static AgentConnection connect(GuestMachine machine, String name, Duration timeout)
            throws InterruptedException {
        AgentConnection connection = new AgentConnection(machine);
        connection.startReading(name, connection::readGreeting);
        try {
            connection.agentBuild.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            connection.write(
                    Protocol.CONNECTION_STREAM,
                    Protocol.FRAME_ACCEPT,
                    new PayloadWriter().u16(Protocol.PROTOCOL_VERSION));
            connection.startWatching(name);
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
        AgentConnection connection = new AgentConnection(machine);
        connection.forget("");
        connection.startReading(name, () -> {});
        connection.startWatching(name);
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
        boolean held = false;
        long token = lastPing.incrementAndGet();
        CompletableFuture<Void> pong = new CompletableFuture<>();
        pings.put(token, pong);
        try {
            if (lossReason.get() != null) {
                throw new SandboxLostException(reason());
            }
            // Frames may still be in buffers of the machine's process. The answer proves that the
            // agent has read them, so that the machine's state is complete without these buffers.
            writer.writeHeld(
                    Protocol.CONNECTION_STREAM,
                    Protocol.FRAME_PING,
                    new PayloadWriter().u64(token));
            pong.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
            held = true;
        } catch (TimeoutException e) {
            throw new SandboxException(BUSY, e);
        } catch (ExecutionException e) {
            throw new SandboxLostException(reason());
        } catch (IOException e) {
            throw new SandboxException("The sandbox's machine has stopped.", e);
        } finally {
            if (!held) {
                writer.release();
            }
        }
    }

    /** Ends every stream, and makes the reader drop all input up to the answer to a RENEW. */
    void forget(String reason) {
        Renewal begun = Renewal.create();
        renewal = begun;
        // Before the streams are released, or a frame for one of them would be an error.
        reader.searchFor(begun.token());
        pings.clear();
        streams.values().forEach(stream -> release(stream, new StreamEvent.Undone(reason)));
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
        writer.release();
    }

    /**
     * Opens a stream.
     *
     * @param incomingChannels a bit for each channel on which the agent may send
     */
    AgentStream open(int operation, PayloadWriter arguments, int incomingChannels)
            throws InterruptedException {
        PayloadWriter payload = prefixed(operation, arguments);
        streamSlots.acquire();
        opening.lock();
        try {
            int id = lastId.incrementAndGet();
            if (id <= 0) {
                fail("The sandbox has used up its operations; start a new one.");
            }
            AgentStream stream = new AgentStream(this, id, incomingChannels);
            streams.put(stream.id(), stream);
            if (lossReason.get() != null) {
                // fail() may have released all streams before this one was among them.
                release(stream, new StreamEvent.Lost(reason()));
            } else {
                write(stream.id(), Protocol.FRAME_OPEN, payload);
            }
            return stream;
        } finally {
            opening.unlock();
        }
    }

    /** Whether a stream can be opened now without waiting for another one to end. */
    boolean hasFreeStream() {
        return streamSlots.availablePermits() > 0;
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
        pings.values().forEach(ping -> ping.completeExceptionally(loss));
        Renewal begun = renewal;
        if (begun != null) {
            begun.done().completeExceptionally(loss);
        }
        streams.values().forEach(stream -> release(stream, new StreamEvent.Lost(reason)));
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

    private void startWatching(String name) {
        Thread.ofVirtual().name(name + "-watchdog").start(this::watch);
    }

    private void readFrames(Greeting greeting) {
        try {
            greeting.read();
            Frame frame = reader.next();
            while (frame != null) {
                lastHeard = System.nanoTime();
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
            lastHeard = System.nanoTime();
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

    void onPong(long token) throws ProtocolException {
        if (token < 1 || token > lastPing.get()) {
            throw new ProtocolException("an answer to a ping that was not sent");
        }
        CompletableFuture<Void> ping = pings.remove(token);
        if (ping != null) {
            ping.complete(null);
        }
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
    void release(AgentStream stream, StreamEvent last) {
        stream.onLast(last);
        if (streams.remove(stream.id(), stream)) {
            streamSlots.release();
        }
    }

    /**
     * Pings an agent that is silent while it has work to do, and gives up on one that stays silent.
     */
    private void watch() {
        try {
            while (lossReason.get() == null) {
                Thread.sleep(PING_INTERVAL);
                if (writer.stuckNanos() > SILENCE_LIMIT.toNanos()) {
                    fail("The sandbox's agent stopped reading.");
                } else if (!pings.isEmpty() && silence() > SILENCE_LIMIT.toNanos()) {
                    fail(
                            "The sandbox's agent has not answered for "
                                    + SILENCE_LIMIT.toSeconds()
                                    + " s.");
                } else if (pings.isEmpty()
                        && !streams.isEmpty()
                        && writer.stuckNanos() == 0
                        && silence() > PING_INTERVAL.toNanos()) {
                    long token = lastPing.incrementAndGet();
                    pings.put(token, new CompletableFuture<>());
                    write(
                            Protocol.CONNECTION_STREAM,
                            Protocol.FRAME_PING,
                            new PayloadWriter().u64(token));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private long silence() {
        return System.nanoTime() - lastHeard;
    }
}
