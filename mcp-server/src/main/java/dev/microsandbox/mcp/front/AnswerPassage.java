package dev.microsandbox.mcp.front;

import dev.microsandbox.mcp.front.ResponseHead.Framing;
import dev.microsandbox.mcp.transport.JsonRpc;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.spec.McpSchema.ErrorCodes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Passes the answers of workers on to clients, and tells a client the truth about one that does not
 * come to its end. Thread-safe.
 */
final class AnswerPassage {

    /** An answer of up to this size is complete before the client gets any of it. */
    private static final int SMALL = 16 << 10;

    private final WorkerFaults faults;
    private final JsonRpc jsonRpc;
    private final McpJsonMapper json;

    AnswerPassage(WorkerFaults faults, McpJsonMapper json) {
        this.faults = faults;
        this.jsonRpc = new JsonRpc(json);
        this.json = json;
    }

    /** Passes an answer on as a whole. Returns when the client has it. */
    void pass(ServerRequest req, ServerResponse res, String namespace, Exchange exchange)
            throws IOException, InterruptedException {
        ResponseHead head = exchange.head();
        if (head.framing() == Framing.NONE
                || (head.framing() == Framing.LENGTH && head.length() <= SMALL)) {
            passSmall(req, res, namespace, exchange);
        } else {
            stream(res, namespace, exchange);
        }
    }

    private static byte[] readSmall(Exchange exchange) throws WorkerException {
        ByteBuffer whole = ByteBuffer.allocate(Math.toIntExact(exchange.head().length()));
        for (ByteBuffer bytes = exchange.next(); bytes != null; bytes = exchange.next()) {
            whole.put(bytes);
        }
        return whole.array();
    }

    private void passSmall(
            ServerRequest req, ServerResponse res, String namespace, Exchange exchange)
            throws InterruptedException {
        byte[] body;
        try {
            body = readSmall(exchange);
        } catch (WorkerException e) {
            faults.answer(req, res, namespace, exchange.worker(), e);
            return;
        }
        ClientAnswer.setHead(res, exchange.passed());
        if (body.length == 0) {
            res.send();
        } else {
            res.send(body);
        }
    }

    private void stream(ServerResponse res, String namespace, Exchange exchange)
            throws IOException, InterruptedException {
        PassedHead passed = exchange.passed();
        ClientAnswer answer =
                exchange.head().framing() == Framing.LENGTH
                        ? ClientAnswer.begin(res, passed, exchange.head().length())
                        : ClientAnswer.begin(res, passed);
        Optional<WorkerException> fault = copy(exchange, answer);
        if (fault.isPresent()) {
            String words = faults.words(namespace, exchange.worker(), fault.get());
            finish(exchange, answer, words);
        }
        answer.end();
    }

    /** Copies a body to its end. Returns what kept the worker from coming to it. */
    static Optional<WorkerException> copy(Exchange exchange, ClientAnswer answer)
            throws IOException {
        while (true) {
            ByteBuffer bytes;
            try {
                bytes = exchange.next();
            } catch (WorkerException e) {
                return Optional.of(e);
            }
            if (bytes == null) {
                return Optional.empty();
            }
            answer.send(bytes);
        }
    }

    /** Answers the request that an event stream belonged to; cuts any other answer. */
    private void finish(Exchange exchange, ClientAnswer answer, String words) throws IOException {
        Optional<Object> id = exchange.requestId().flatMap(text -> RequestId.parse(text, json));
        if (id.isEmpty()
                || !exchange.passed().isEventStream()
                || exchange.head().framing() == Framing.LENGTH
                || !answer.isBetweenEvents()) {
            throw new CloseConnectionException("the worker did not come to the answer's end");
        }
        answer.sendMessage(jsonRpc.error(id.get(), ErrorCodes.INTERNAL_ERROR, words));
    }
}
