package dev.microsandbox.mcp.transport;

import dev.microsandbox.mcp.life.SessionClient;
import dev.microsandbox.mcp.memory.CallMemory;
import dev.microsandbox.mcp.memory.SessionMemory;
import dev.microsandbox.mcp.transport.message.MessageFault;
import io.modelcontextprotocol.common.McpTransportContext;
import io.modelcontextprotocol.spec.McpSchema.ErrorCodes;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse.JSONRPCError;
import io.modelcontextprotocol.spec.McpStreamableServerSession;
import io.modelcontextprotocol.spec.McpStreamableServerSession.McpStreamableServerSessionStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** A session of Streamable HTTP: wraps the SDK's session and adds cancellation. Thread-safe. */
final class StreamableSession implements TransportSession {

    private static final Logger log = LoggerFactory.getLogger(StreamableSession.class);

    private final String id;
    private final McpStreamableServerSession session;
    private final @Nullable Object initialize;
    private final JsonRpc jsonRpc;
    private final McpTransportContext context;
    private final SessionMemory memory;
    private final RunningCalls calls = new RunningCalls();

    /**
     * Creates a session that has been initialized.
     *
     * @param id the id that the client uses: the SDK's id, unless the session was resumed after a
     *     restart
     * @param initialize the parameters of the client's {@code initialize} request
     * @param memory accounts for the session's large messages
     */
    StreamableSession(
            String id,
            McpStreamableServerSession session,
            @Nullable Object initialize,
            JsonRpc jsonRpc,
            McpTransportContext context,
            SessionMemory memory) {
        this.id = id;
        this.session = session;
        this.initialize = initialize;
        this.jsonRpc = jsonRpc;
        this.context = context;
        this.memory = memory;
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public Optional<SessionClient> client(Caller owner) {
        return Optional.of(new SessionClient(owner.namespace(), owner.keyId(), initialize));
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
     * Starts a request. Its messages and its answer go to the stream, which then ends.
     *
     * @param callMemory the caller closes it after the answer has been sent
     * @return null if the request was started, else the reason
     */
    @Nullable String start(JSONRPCRequest request, EventStream stream, CallMemory callMemory) {
        return calls.start(
                request.id(), () -> callMemory.during(() -> run(request, stream)), stream::end);
    }

    private void run(JSONRPCRequest request, EventStream stream) {
        try {
            JSONRPCError error = handle(request, stream);
            if (calls.answerOwn(request.id())) {
                stream.finish(
                        jsonRpc.error(request.id(), error.code(), String.valueOf(error.message())));
            }
        } catch (IOException e) {
            log.debug("the client is gone", e);
        } finally {
            stream.end();
        }
    }

    /**
     * Hands a request to the SDK's session.
     *
     * @return the answer if the session has not answered the request
     */
    private JSONRPCError handle(JSONRPCRequest request, EventStream stream) {
        try {
            await(
                    session.responseStream(new StreamTransport(stream, jsonRpc, calls))
                            .handle(request));
        } catch (Throwable e) {
            if (isOutOfReach(e)) {
                log.debug("a request could not be handled completely", e);
            } else {
                return MessageFault.error("a request", e);
            }
        }
        return new JSONRPCError(ErrorCodes.INTERNAL_ERROR, "The request gave no answer.", null);
    }

    /** Whether an answer could not be sent, because the client is gone or has cancelled. */
    private static boolean isOutOfReach(Throwable e) {
        return e instanceof UncheckedIOException || Thread.currentThread().isInterrupted();
    }

    /**
     * Accepts a notification. Nothing here depends on one other than a cancellation. The SDK would
     * ask the client for its roots when they change, and would wait for the answer.
     */
    void receive(JSONRPCNotification notification) {
        if (notification.method().equals(Cancellation.METHOD)) {
            Cancellation.apply(notification, calls);
        } else {
            log.debug("a notification is ignored");
        }
    }

    /**
     * Accepts the client's answer to a request that the server sent.
     *
     * @throws io.modelcontextprotocol.spec.McpError if there was no such request
     */
    void receive(JSONRPCResponse response) {
        await(session.accept(response));
    }

    /**
     * Uses a GET's stream for messages that belong to no request. It replaces an earlier stream.
     */
    McpStreamableServerSessionStream listen(EventStream stream) {
        return session.listeningStream(new StreamTransport(stream, jsonRpc, calls));
    }

    private void await(Mono<Void> work) {
        work.contextWrite(view -> view.put(McpTransportContext.KEY, context)).block();
    }
}
