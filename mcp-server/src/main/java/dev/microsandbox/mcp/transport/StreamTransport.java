package dev.microsandbox.mcp.transport;

import dev.microsandbox.mcp.memory.CallMemory;
import dev.microsandbox.mcp.transport.message.MessageFault;
import dev.microsandbox.mcp.transport.message.Parameters;
import io.modelcontextprotocol.json.TypeRef;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse;
import io.modelcontextprotocol.spec.McpStreamableServerTransport;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Adapts one stream of Streamable HTTP (the response to a POST or a GET) to the SDK. */
final class StreamTransport implements McpStreamableServerTransport {

    private final EventStream stream;
    private final JsonRpc jsonRpc;
    private final RunningCalls calls;

    StreamTransport(EventStream stream, JsonRpc jsonRpc, RunningCalls calls) {
        this.stream = stream;
        this.jsonRpc = jsonRpc;
        this.calls = calls;
    }

    @Override
    public Mono<Void> sendMessage(JSONRPCMessage message, @Nullable String messageId) {
        return sendMessage(message);
    }

    @Override
    public Mono<Void> sendMessage(JSONRPCMessage message) {
        return Mono.fromRunnable(() -> send(message));
    }

    private void send(JSONRPCMessage message) {
        try {
            byte[] text = jsonRpc.write(MessageFault.forClient(message));
            if (!(message instanceof JSONRPCResponse response)) {
                stream.send(text);
            } else if (calls.answer(response.id())) {
                CallMemory.answerComplete(text.length);
                stream.finish(text);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public <T> T unmarshalFrom(Object data, TypeRef<T> type) {
        return Parameters.convert(jsonRpc.mapper(), data, type);
    }

    @Override
    public Mono<Void> closeGracefully() {
        return Mono.fromRunnable(stream::end);
    }

    @Override
    public void close() {
        stream.end();
    }
}
