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
 * The message in a request's body. Only its beginning is read until memory has been reserved for
 * the rest.
 *
 * @param beginning the whole body of a small message, or the first {@link MessageMemory#SMALL} + 1
 *     bytes
 * @param rest the part of the body that has not been read
 * @param length the length that the client declares, or the maximum if it declares none, in bytes
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
     * Reads the message. Waits for memory if the body is large.
     *
     * @throws dev.microsandbox.mcp.memory.MessageMemoryException if no memory becomes free in time
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
