package dev.microsandbox.vmm.agent;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.microsandbox.vmm.SandboxFiles;
import dev.microsandbox.vmm.SandboxJobs;
import dev.microsandbox.vmm.agent.HostileAgent.Opened;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;

/** The largest answers that the protocol allows, to each operation. */
final class MostAnswers {

    /** Output has no limit, so this is only much in comparison with the heap. */
    private static final int MUCH = 8 << 20;

    private static final int ENTRY_FIXED_BYTES = 42;
    private static final int VARIABLE_FIXED_BYTES = 21;
    private static final int BUNDLE_FIXED_BYTES = 22;

    private MostAnswers() {}

    /**
     * Sends what comes before the end.
     *
     * @param more one byte or record more than the operation allows
     * @return false once the call is cancelled
     */
    static boolean data(HostileAgent agent, Opened stream, boolean more)
            throws IOException, InterruptedException {
        PayloadReader arguments = new PayloadReader(stream.arguments);
        return switch (stream.operation) {
            case Protocol.OPERATION_EXEC ->
                    bytes(agent, stream, Protocol.CHANNEL_OUTPUT, MUCH)
                            && bytes(agent, stream, Protocol.CHANNEL_ERRORS, MUCH)
                            && (!more || bytes(agent, stream, Protocol.CHANNEL_RECORDS, 1));
            case Protocol.OPERATION_RUN ->
                    bytes(agent, stream, Protocol.CHANNEL_OUTPUT, MUCH)
                            && records(agent, stream, more ? 1 : 2, Protocol.RECORD_MAX)
                            && records(agent, stream, 20, RecordParser.SMALL)
                            && (!more || records(agent, stream, 1, Protocol.RECORD_MAX + 1));
            case Protocol.OPERATION_FILE_READ -> {
                arguments.path();
                arguments.i64();
                long length = arguments.i64();
                long sent = length == SandboxFiles.TO_END ? MUCH : length;
                yield bytes(agent, stream, Protocol.CHANNEL_OUTPUT, sent)
                        && (!more || bytes(agent, stream, Protocol.CHANNEL_OUTPUT, 1));
            }
            case Protocol.OPERATION_FILE_LIST -> {
                arguments.path();
                arguments.i32();
                int entries = arguments.i32();
                yield more
                        ? records(agent, stream, entries + 1, ENTRY_FIXED_BYTES + 1)
                        : records(agent, stream, entries, Protocol.ENTRY_MAX);
            }
            case Protocol.OPERATION_INSPECT ->
                    records(
                            agent,
                            stream,
                            Protocol.VARIABLES_MAX + (more ? 1 : 0),
                            more ? 100 : Protocol.VARIABLE_MAX);
            default -> !more || bytes(agent, stream, Protocol.CHANNEL_OUTPUT, 1);
        };
    }

    private static boolean bytes(HostileAgent agent, Opened stream, int channel, long count)
            throws IOException, InterruptedException {
        byte[] part = new byte[Protocol.FRAME_DATA_MAX];
        Arrays.fill(part, (byte) 'x');
        boolean goesOn = true;
        for (long left = count; goesOn && left > 0; left -= part.length) {
            int length = (int) Math.min(left, part.length);
            goesOn = agent.data(stream, channel, part, length, part.length);
        }
        return goesOn;
    }

    private static boolean records(HostileAgent agent, Opened stream, int count, int size)
            throws IOException, InterruptedException {
        boolean goesOn = true;
        for (int i = 0; goesOn && i < count; i++) {
            goesOn = record(agent, stream, size);
        }
        return goesOn;
    }

    /** The kind of record that an operation sends. */
    static int kind(Opened stream) {
        return switch (stream.operation) {
            case Protocol.OPERATION_FILE_LIST -> Protocol.RECORD_ENTRY;
            case Protocol.OPERATION_INSPECT -> Protocol.RECORD_VARIABLE;
            default -> Protocol.RECORD_DISPLAY;
        };
    }

    /** The largest record of that kind. */
    static int recordMax(Opened stream) {
        return switch (stream.operation) {
            case Protocol.OPERATION_FILE_LIST -> Protocol.ENTRY_MAX;
            case Protocol.OPERATION_INSPECT -> Protocol.VARIABLE_MAX;
            default -> Protocol.RECORD_MAX;
        };
    }

    /**
     * Sends a correct record.
     *
     * @param size of the record, without its length, or the least possible if that is more
     */
    static boolean record(HostileAgent agent, Opened stream, int size)
            throws IOException, InterruptedException {
        byte[] body = body(stream, size);
        int zeros =
                kind(stream) == Protocol.RECORD_DISPLAY
                        ? Math.max(0, size - BUNDLE_FIXED_BYTES)
                        : 0;
        return agent.record(stream, kind(stream), body.length + zeros + 1, body, zeros);
    }

    /** The body of a record, except for the zeros that are the data of a displayed value. */
    private static byte[] body(Opened stream, int size) {
        return switch (stream.operation) {
            case Protocol.OPERATION_FILE_LIST -> {
                // Bytes that are not UTF-8 take the most memory as text.
                byte[] path = filled(size - ENTRY_FIXED_BYTES, (byte) 0xff);
                yield stat(new PayloadWriter().bytes(path), "").toBytes();
            }
            case Protocol.OPERATION_INSPECT ->
                    new Body()
                            .bytes(filled(size - VARIABLE_FIXED_BYTES, (byte) 'v'))
                            .bytes(new byte[0])
                            .zeros(8)
                            .bytes(new byte[0])
                            .toBytes();
            default ->
                    new Body()
                            .u32(1)
                            .bytes("image/png".getBytes(UTF_8))
                            .u32(Math.max(0, size - BUNDLE_FIXED_BYTES))
                            .toBytes();
        };
    }

    private static byte[] filled(int size, byte value) {
        byte[] bytes = new byte[Math.max(0, size)];
        Arrays.fill(bytes, value);
        return bytes;
    }

    private static Body stat(PayloadWriter before, String target) {
        byte[] frame = before.frame(0, 0);
        return new Body()
                .raw(Arrays.copyOfRange(frame, Protocol.FRAME_HEADER, frame.length))
                .raw(new byte[] {1})
                .zeros(4 + 4 + 4 + 8 + 8)
                .bytes(target.getBytes(UTF_8));
    }

    /** The largest result. */
    static PayloadWriter result(Opened stream) throws ProtocolException {
        PayloadWriter out = new PayloadWriter();
        String text = "x".repeat(8000);
        switch (stream.operation) {
            case Protocol.OPERATION_EXEC -> exit(out, text);
            case Protocol.OPERATION_RUN ->
                    exit(out, text)
                            .u8(1)
                            .u8(0)
                            .u8(0)
                            .str("e".repeat(1024))
                            .str("t".repeat(48 << 10))
                            .u64(1);
            case Protocol.OPERATION_FILE_READ,
                    Protocol.OPERATION_FILE_WRITE,
                    Protocol.OPERATION_FILE_STAT -> {
                byte[] stat = stat(new PayloadWriter(), "x".repeat(60_000)).toBytes();
                out.raw(stat, 0, stat.length);
            }
            case Protocol.OPERATION_FILE_LIST -> out.u8(0);
            case Protocol.OPERATION_RESET -> out.u32(Integer.MAX_VALUE);
            case Protocol.OPERATION_INFO, Protocol.OPERATION_INFO_NOW -> info(out);
            case Protocol.OPERATION_JOB_START -> out.str("j".repeat(Protocol.JOB_ID_MAX));
            case Protocol.OPERATION_JOB_STOP -> job(out, text);
            case Protocol.OPERATION_JOB_READ -> {
                PayloadReader arguments = new PayloadReader(stream.arguments);
                arguments.str();
                long offset = arguments.i64();
                job(out, "").u64(offset).bytes(new byte[SandboxJobs.MAX_READ]);
            }
            case Protocol.OPERATION_JOB_LIST -> {
                out.u32(Protocol.JOBS_KEPT);
                for (int i = 0; i < Protocol.JOBS_KEPT; i++) {
                    job(out, "x".repeat(350));
                }
            }
            default -> {
                // No result.
            }
        }
        return out;
    }

    private static PayloadWriter exit(PayloadWriter out, String log) {
        return out.u8(0).u32(0).u8(0).u32(0).str("").u64(0).u64(1).u64(1).u64(1).str(log);
    }

    private static PayloadWriter job(PayloadWriter out, String log) {
        return exit(out.str("j1").str("l".repeat(SandboxJobs.MAX_LABEL)), log)
                .u64(0)
                .u8(0)
                .u8(0)
                .u64(0)
                .u64(0);
    }

    private static void info(PayloadWriter out) {
        out.str("k".repeat(1000)).str("h").u32(1).u64(1).u64(1).u64(1).u64(1).u64(1);
        out.u32(1).u32(1).u64(1).u64(1).u32(Protocol.LANGUAGES_MAX);
        for (int i = 0; i < Protocol.LANGUAGES_MAX; i++) {
            out.str("l").u32(600);
            for (int alias = 0; alias < 600; alias++) {
                out.str("");
            }
            out.str("v".repeat(100)).u8(1);
        }
    }

    /** Bytes of any number, where a {@link PayloadWriter} is for one frame. */
    private static final class Body {

        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Body u32(int value) {
            for (int shift = 0; shift < 32; shift += 8) {
                out.write(value >> shift);
            }
            return this;
        }

        Body bytes(byte[] value) {
            return u32(value.length).raw(value);
        }

        Body raw(byte[] value) {
            out.writeBytes(value);
            return this;
        }

        Body zeros(int count) {
            return raw(new byte[count]);
        }

        byte[] toBytes() {
            return out.toByteArray();
        }
    }
}
