package dev.microsandbox.mcp.transport;

import dev.microsandbox.mcp.memory.CallMemory;
import dev.microsandbox.mcp.memory.MessageMemory;
import dev.microsandbox.mcp.transport.JsonRpc.InvalidMessageException;
import io.helidon.webserver.http.ServerRequest;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;

/**
 * The message in a request's body, of which no more than its beginning is read before there is
 * memory for the rest.
 *
 * @param beginning all of it, or more than small messages have
 * @param length how long it is, as the client says, or at the most
 */
record RequestBody(byte[] beginning, InputStream rest, long length) {

    static RequestBody begin(ServerRequest req, HttpLimits limits) throws IOException {
        InputStream in = req.content().inputStream();
        byte[] beginning = in.readNBytes(MessageMemory.SMALL + 1);
        return new RequestBody(
                beginning, in, req.headers().contentLength().orElse(limits.maxBodyBytes()));
    }

    boolean isSmall() {
        return beginning.length <= MessageMemory.SMALL;
    }

    /** The message in a small body. */
    JSONRPCMessage message(JsonRpc jsonRpc) throws InvalidMessageException {
        return jsonRpc.read(beginning);
    }

    /**
     * The message; waits for memory where the body is large.
     *
     * @throws dev.microsandbox.mcp.memory.MemoryTakenException if there is none in time
     */
    JSONRPCMessage message(JsonRpc jsonRpc, CallMemory memory)
            throws IOException, InterruptedException, InvalidMessageException {
        if (isSmall()) {
            return message(jsonRpc);
        }
        memory.take(length);
        JSONRPCMessage message =
                jsonRpc.read(
                        new SequenceInputStream(new ByteArrayInputStream(beginning), rest)
                                .readAllBytes());
        memory.parsed(length);
        return message;
    }
}
