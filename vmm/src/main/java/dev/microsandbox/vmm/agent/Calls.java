package dev.microsandbox.vmm.agent;

import dev.microsandbox.vmm.agent.AgentStream.DataHandler;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Calls operations that take arguments and return a result, but no input stream. */
final class Calls {

    /** Receives the body of a record. */
    @FunctionalInterface
    interface BodySink {
        void body(PayloadReader body) throws ProtocolException;
    }

    private Calls() {}

    static <T> T call(
            AgentConnection connection,
            int operation,
            PayloadWriter arguments,
            ResultDecoder<T> decoder)
            throws InterruptedException {
        try {
            return connection.open(operation, arguments, 0).await(DataHandler.NONE, decoder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Calls an operation that sends records of one kind. */
    static <T> T callForRecords(
            AgentConnection connection,
            int operation,
            PayloadWriter arguments,
            int kind,
            BodySink sink,
            ResultDecoder<T> decoder)
            throws InterruptedException {
        RecordParser parser =
                new RecordParser(
                        (actual, body) -> {
                            if (actual != kind) {
                                throw new ProtocolException("a record of kind " + actual);
                            }
                            sink.body(body);
                        });
        AgentStream stream = connection.open(operation, arguments, 1 << Protocol.CHANNEL_RECORDS);
        try {
            return stream.await(
                    (channel, bytes) -> parser.feed(bytes),
                    in -> {
                        parser.finish();
                        return decoder.decode(in);
                    });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
