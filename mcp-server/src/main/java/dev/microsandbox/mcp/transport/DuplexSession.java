package dev.microsandbox.mcp.transport;

import dev.microsandbox.mcp.memory.CallMemory;
import dev.microsandbox.mcp.memory.SessionMemory;
import dev.microsandbox.mcp.transport.message.MessageFault;
import dev.microsandbox.mcp.transport.message.Parameters;
import io.modelcontextprotocol.common.McpTransportContext;
import io.modelcontextprotocol.json.TypeRef;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.ErrorCodes;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse.JSONRPCError;
import io.modelcontextprotocol.spec.McpServerSession;
import io.modelcontextprotocol.spec.McpServerTransport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * A session over one connection on which both sides may send messages at any time: stdio, and the
 * two halves of HTTP+SSE.
 *
 * <p>It wraps the SDK's session and adds what that session lacks: every request runs on its own
 * thread and can be cancelled, every request gets an answer, and requests that arrive before {@code
 * initialize} are refused instead of waiting forever.
 *
 * <p>Thread-safe.
 */
public final class DuplexSession implements TransportSession {

    /** Receives outgoing messages. Many threads call it at once. */
    @FunctionalInterface
    public interface MessageSink {

        /**
         * Sends a message.
         *
         * @throws IOException if the client can no longer be reached
         */
        void send(byte[] message) throws IOException;
    }

    private static final Logger log = LoggerFactory.getLogger(DuplexSession.class);

    private enum Phase {
        NEW,
        /** The {@code initialize} request has been answered. */
        INITIALIZING,
        /** The client has sent {@code notifications/initialized}, or has continued without it. */
        OPERATING
    }

    private final JsonRpc jsonRpc;
    private final McpTransportContext context;
    private final SessionMemory memory;
    private final MessageSink sink;
    private final McpServerSession session;
    private final RunningCalls calls = new RunningCalls();

    private final ReentrantLock phaseLock = new ReentrantLock();

    /** Guarded by {@link #phaseLock}. */
    private Phase phase = Phase.NEW;

    public DuplexSession(
            McpServerSession.Factory factory,
            JsonRpc jsonRpc,
            McpTransportContext context,
            SessionMemory memory,
            MessageSink sink) {
        this.jsonRpc = jsonRpc;
        this.context = context;
        this.memory = memory;
        this.sink = sink;
        this.session = factory.create(new Transport());
    }

    @Override
    public String id() {
        return session.getId();
    }

    @Override
    public RunningCalls calls() {
        return calls;
    }

    @Override
    public Mono<Void> notify(String method, @Nullable Object params) {
        return session.sendNotification(method, params);
    }

    @Override
    public void close() {
        calls.close();
        session.close();
    }

    SessionMemory memory() {
        return memory;
    }

    /**
     * As {@link #receive(JSONRPCMessage, CallMemory)}, for a message whose memory was not counted.
     */
    public void receive(JSONRPCMessage message) {
        receive(message, memory.call());
    }

    /**
     * Accepts a message from the client. Returns at once, except for {@code initialize}, which it
     * completes first.
     *
     * @param callMemory the memory that the message occupies; the session takes ownership of it
     */
    public void receive(JSONRPCMessage message, CallMemory callMemory) {
        if (message instanceof JSONRPCRequest request) {
            receive(request, callMemory);
            return;
        }
        callMemory.close();
        switch (message) {
            case JSONRPCNotification notification -> receive(notification);
            case JSONRPCResponse response -> handle(response);
            default -> throw new AssertionError("not a JSON-RPC message: " + message.getClass());
        }
    }

    private void receive(JSONRPCRequest request, CallMemory callMemory) {
        boolean started = false;
        try {
            started = start(request, callMemory);
        } finally {
            if (!started) {
                callMemory.close();
            }
        }
    }

    /**
     * Starts a request, which then closes the memory when it ends.
     *
     * @return false if the request does not run; it has then been answered
     */
    private boolean start(JSONRPCRequest request, CallMemory callMemory) {
        if (request.method().equals(McpSchema.METHOD_INITIALIZE)) {
            initialize(request);
            return false;
        }
        if (!ensureOperating()) {
            // The specification allows a ping at any time; the SDK would make it wait for the
            // handshake.
            if (request.method().equals(McpSchema.METHOD_PING)) {
                send(JSONRPCResponse.result(request.id(), Map.of()));
            } else {
                refuse(request, "The session is not initialized: send 'initialize' first.");
            }
            return false;
        }
        String refusal = calls.start(request.id(), () -> run(request, callMemory), () -> {});
        if (refusal != null) {
            refuse(request, refusal);
        }
        return refusal == null;
    }

    private void receive(JSONRPCNotification notification) {
        switch (notification.method()) {
            case Cancellation.METHOD -> Cancellation.apply(notification, calls);
            // Passing on a second one would announce the client's roots twice; an early one has no
            // effect.
            case McpSchema.METHOD_NOTIFICATION_INITIALIZED -> ensureOperating();
            // Nothing here depends on another one. The SDK would ask the client for its roots when
            // they change, and would wait for the answer.
            default -> log.debug("a notification is ignored");
        }
    }

    /**
     * Runs on the calling thread and cannot be cancelled, so that it is complete before the
     * client's next message.
     */
    private void initialize(JSONRPCRequest request) {
        phaseLock.lock();
        try {
            handle(request);
        } finally {
            phaseLock.unlock();
        }
    }

    /**
     * Whether the handshake is done. Some clients omit {@code notifications/initialized}; their
     * next message then counts as that notification.
     */
    private boolean ensureOperating() {
        phaseLock.lock();
        try {
            if (phase == Phase.INITIALIZING) {
                handle(new JSONRPCNotification(McpSchema.METHOD_NOTIFICATION_INITIALIZED));
                phase = Phase.OPERATING;
            }
            return phase == Phase.OPERATING;
        } finally {
            phaseLock.unlock();
        }
    }

    private void run(JSONRPCRequest request, CallMemory callMemory) {
        try (callMemory) {
            callMemory.during(() -> run(request));
        }
    }

    private void run(JSONRPCRequest request) {
        JSONRPCError error = handle(request);
        if (calls.answerOwn(request.id())) {
            send(jsonRpc.error(request.id(), error.code(), String.valueOf(error.message())));
        }
    }

    /**
     * Hands a message to the SDK's session.
     *
     * @return the answer if the message is a request that the session has not answered
     */
    private JSONRPCError handle(JSONRPCMessage message) {
        try {
            session.handle(message)
                    .contextWrite(view -> view.put(McpTransportContext.KEY, context))
                    .block();
        } catch (Throwable e) {
            if (isOutOfReach(e)) {
                log.debug("a message could not be handled completely", e);
            } else {
                return MessageFault.error("a message", e);
            }
        }
        return new JSONRPCError(ErrorCodes.INTERNAL_ERROR, "The request gave no answer.", null);
    }

    /** Whether an answer could not be sent, because the client is gone or has cancelled. */
    private static boolean isOutOfReach(Throwable e) {
        return e instanceof UncheckedIOException || Thread.currentThread().isInterrupted();
    }

    private void refuse(JSONRPCRequest request, String reason) {
        send(jsonRpc.error(request.id(), ErrorCodes.INVALID_REQUEST, reason));
    }

    private void send(JSONRPCMessage message) {
        try {
            byte[] text = jsonRpc.write(MessageFault.forClient(message));
            if (message instanceof JSONRPCResponse) {
                CallMemory.answerComplete(text.length);
            }
            sink.send(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void send(byte[] text) {
        try {
            sink.send(text);
        } catch (IOException e) {
            log.debug("the client is gone", e);
        }
    }

    /** The transport through which the SDK sends. */
    private final class Transport implements McpServerTransport {

        @Override
        public Mono<Void> sendMessage(JSONRPCMessage message) {
            return Mono.fromRunnable(
                    () -> {
                        if (!(message instanceof JSONRPCResponse response) || mayAnswer(response)) {
                            send(message);
                        }
                    });
        }

        private boolean mayAnswer(JSONRPCResponse response) {
            if (!phaseLock.isHeldByCurrentThread()) {
                return calls.answer(response.id());
            }
            // Only initialize is answered while this thread holds phaseLock; it is not one of the
            // calls.
            if (phase == Phase.NEW && response.error() == null) {
                phase = Phase.INITIALIZING;
            }
            return true;
        }

        @Override
        public <T> T unmarshalFrom(Object data, TypeRef<T> type) {
            return Parameters.convert(jsonRpc.mapper(), data, type);
        }

        @Override
        public Mono<Void> closeGracefully() {
            return Mono.empty();
        }
    }
}
