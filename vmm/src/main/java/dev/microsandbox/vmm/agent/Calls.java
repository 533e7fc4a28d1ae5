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

    /**
     * The records that an operation may send.
     *
     * @param kind of each
     * @param mostBytes the greatest size of one, without its length
     * @param mostRecords the greatest number of them
     */
    record Records(int kind, int mostBytes, int mostRecords) implements RecordParser.Limits {

        private static final int LENGTH_BYTES = 4;

        @Override
        public int of(int actual) throws ProtocolException {
            if (actual != kind) {
                throw new ProtocolException("a record of kind " + actual);
            }
            return mostBytes;
        }

        long bytes() {
            return mostRecords * (long) (LENGTH_BYTES + mostBytes);
        }
    }

    private Calls() {}

    static <T> T call(
            AgentConnection connection,
            int operation,
            PayloadWriter arguments,
            ResultDecoder<T> decoder)
            throws InterruptedException {
        try {
            return connection.open(operation, arguments, 0, 0).await(DataHandler.NONE, decoder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Calls an operation that sends records of one kind.
     *
     * @param records what was asked for; more is a protocol error
     */
    static <T> T callForRecords(
            AgentConnection connection,
            int operation,
            PayloadWriter arguments,
            Records records,
            BodySink sink,
            ResultDecoder<T> decoder)
            throws InterruptedException {
        int[] count = {0};
        AgentStream stream =
                connection.open(
                        operation, arguments, 1 << Protocol.CHANNEL_RECORDS, records.bytes());
        try (RecordParser parser =
                connection.recordParser(
                        records,
                        (_, body) -> {
                            if (++count[0] > records.mostRecords()) {
                                throw new ProtocolException("more records than were asked for");
                            }
                            sink.body(body);
                        })) {
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
