package dev.microsandbox.mcp.transport;

import dev.microsandbox.mcp.memory.CallMemory;
import dev.microsandbox.mcp.memory.MessageCharge;
import dev.microsandbox.mcp.memory.MessageMemory;
import dev.microsandbox.mcp.memory.MessageMemoryException;
import dev.microsandbox.mcp.transport.JsonRpc.InvalidMessageException;
import dev.microsandbox.mcp.transport.connection.Connection;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads the message in a request's body. Takes memory for each part of the body before it reads
 * that part.
 */
final class RequestBody {

    /** A chunk is in memory twice when the body is put together. */
    private static final int CHUNK_COPIES = 2;

    private final InputStream in;
    private final MessageCharge charge;
    private final @Nullable CallMemory large;
    private final int most;

    /** The size that the client declares, in bytes; negative if it sends the body in chunks. */
    private final long declared;

    private long chunked;
    private boolean isLarge;

    private RequestBody(
            ServerRequest req,
            MessageCharge charge,
            @Nullable CallMemory large,
            HttpLimits limits) {
        this.in = req.content().inputStream();
        this.charge = charge;
        this.large = large;
        this.most = limits.maxBodyBytes();
        this.declared =
                req.headers().contains(HeaderNames.TRANSFER_ENCODING)
                        ? -1
                        : req.headers().contentLength().orElse(0);
    }

    /**
     * Reads and parses the body.
     *
     * @param charge counts a small message, and the beginning of a large one
     * @param large counts a large message; null if the caller may not send one here
     * @throws MessageMemoryException if there is not enough memory
     */
    static JSONRPCMessage read(
            ServerRequest req,
            MessageCharge charge,
            @Nullable CallMemory large,
            HttpLimits limits,
            JsonRpc jsonRpc)
            throws IOException, InterruptedException, InvalidMessageException {
        return new RequestBody(req, charge, large, limits).message(jsonRpc);
    }

    private JSONRPCMessage message(JsonRpc jsonRpc)
            throws IOException, InterruptedException, InvalidMessageException {
        byte[] text = declared < 0 ? readChunks() : readDeclared();
        if (isLarge && large != null) {
            large.parse(text);
            JSONRPCMessage message = jsonRpc.read(text);
            large.parsed(text);
            return message;
        }
        charge.parse(text);
        JSONRPCMessage message = jsonRpc.read(text);
        charge.parsed(text);
        return message;
    }

    private byte[] readDeclared() throws IOException, InterruptedException {
        if (declared <= MessageMemory.SMALL) {
            charge.grow(declared);
        } else {
            takeLarge(declared);
        }
        byte[] text = new byte[Math.toIntExact(declared)];
        int read = in.readNBytes(text, 0, text.length);
        // Only who asks for more learns that this was the end, and may use the connection again.
        int _ = in.read();
        return read == text.length ? text : Arrays.copyOf(text, read);
    }

    private byte[] readChunks() throws IOException, InterruptedException {
        Connection.current().beforeChunks(this::beforeChunk);
        try {
            return in.readAllBytes();
        } catch (UncheckedIOException e) {
            if (e.getCause() instanceof InterruptedIOException) {
                throw new InterruptedException("nobody waits for this request any more");
            }
            throw e;
        }
    }

    private void beforeChunk(long size) {
        chunked += size;
        if (isLarge) {
            return;
        }
        if (chunked <= MessageMemory.SMALL) {
            charge.grow(size * CHUNK_COPIES);
            return;
        }
        try {
            takeLarge(most);
        } catch (InterruptedException e) {
            throw new UncheckedIOException(new InterruptedIOException(e.getMessage()));
        }
    }

    private void takeLarge(long bytes) throws InterruptedException {
        if (large == null) {
            throw new MessageMemoryException(
                    "A message that belongs to no session may have at most 1 MiB.",
                    MessageMemoryException.Cause.MESSAGE);
        }
        large.take(bytes);
        isLarge = true;
    }
}
