package dev.microsandbox.mcp.transport.message;

import dev.microsandbox.mcp.text.ControlCharacters;
import dev.microsandbox.mcp.text.FaultLine;
import dev.microsandbox.mcp.text.HostText;
import io.modelcontextprotocol.spec.McpError;
import io.modelcontextprotocol.spec.McpSchema.ErrorCodes;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse.JSONRPCError;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Hooks;

/**
 * What becomes of a message whose handling throws. Whatever it throws, an {@link Error} included,
 * is that message's error and nobody else's: the client gets −32603, the log one line. A client can
 * repeat such a message as often as it likes, so the stack trace is logged at level DEBUG only.
 *
 * <p>An {@link OutOfMemoryError} is treated alike. What failed to be allocated was this message's;
 * whether the process as a whole can go on is not decided here.
 */
public final class MessageFault {

    /** The error's message for the client. */
    static final String TEXT = "The server failed on this message; its log says why.";

    private static final Logger log = LoggerFactory.getLogger(MessageFault.class);

    private static final int MAX_TEXT = 2000;

    static {
        // Reactor reports an error that came after the end of a stream with a stack trace. Here it
        // means that an answer came too late.
        Hooks.onErrorDropped(e -> log.debug("an error came too late", e));
    }

    private MessageFault() {}

    /** Logs what was thrown. */
    public static void log(String what, Throwable fault) {
        log.warn("{} failed: {}", what, FaultLine.of(fault));
        log.debug("{} failed", what, fault);
    }

    /**
     * The error with which to answer a request whose handling threw. Logs what was thrown, unless
     * the SDK threw it to say what is wrong with the request.
     */
    public static JSONRPCError error(String what, Throwable fault) {
        if (fault instanceof McpError known && known.getJsonRpcError() != null) {
            return known.getJsonRpcError();
        }
        log(what, fault);
        return new JSONRPCError(ErrorCodes.INTERNAL_ERROR, TEXT, null);
    }

    /**
     * The message as a client may see it. The SDK makes the text of an internal error of whatever
     * exception a handler threw.
     */
    public static JSONRPCMessage forClient(JSONRPCMessage message) {
        if (message instanceof JSONRPCResponse response && response.error() != null) {
            JSONRPCError error = response.error();
            return JSONRPCResponse.error(
                    response.id(),
                    new JSONRPCError(
                            error.code(),
                            text(error.code(), error.message()),
                            error.data() instanceof String data
                                    ? text(error.code(), data)
                                    : error.data()));
        }
        return message;
    }

    private static String text(int code, @Nullable String text) {
        return ControlCharacters.escape(
                code == ErrorCodes.INTERNAL_ERROR
                        ? HostText.withoutHost(text)
                        : String.valueOf(text),
                MAX_TEXT);
    }
}
