package dev.microsandbox.vmm.agent;

import dev.microsandbox.vmm.agent.HostileAgent.Opened;
import java.io.IOException;
import java.util.Arrays;

/** What a hostile agent does when the host has opened a stream. */
enum Attack {
    /** All that the protocol allows, and the end. */
    MOST {
        @Override
        void carryOut(HostileAgent agent, Opened stream) throws IOException, InterruptedException {
            // No operation is under way while the host only asks whether the agent answers.
            boolean asked = stream.operation != 0;
            if (asked && MostAnswers.data(agent, stream, false)) {
                agent.answer(stream, MostAnswers.result(stream));
            }
        }

        @Override
        boolean endsWhenCancelled() {
            return true;
        }
    },
    /** One more than was asked for, then the end. */
    MORE {
        @Override
        void carryOut(HostileAgent agent, Opened stream) throws IOException, InterruptedException {
            MostAnswers.data(agent, stream, true);
            agent.answer(stream, MostAnswers.result(stream));
        }
    },
    ENDLESS_DATA {
        @Override
        void carryOut(HostileAgent agent, Opened stream) throws IOException, InterruptedException {
            byte[] bytes = new byte[Protocol.FRAME_DATA_MAX];
            while (agent.data(stream, channel(stream, 0), bytes, bytes.length, bytes.length)) {
                // Once more.
            }
        }
    },
    /** Single bytes, each on another channel than the one before. */
    ENDLESS_BYTES {
        @Override
        void carryOut(HostileAgent agent, Opened stream) throws IOException, InterruptedException {
            for (int i = 0; agent.data(stream, channel(stream, i), new byte[1], 1, 1); i++) {
                // Once more.
            }
        }
    },
    /** A whole window of single bytes, then silence. */
    WINDOW_OF_BYTES {
        @Override
        void carryOut(HostileAgent agent, Opened stream) throws IOException, InterruptedException {
            for (int i = 0; i < Protocol.WINDOW_INITIAL / 16; i++) {
                agent.data(stream, channel(stream, i), new byte[1], 1, 1);
            }
        }
    },
    BEYOND_THE_WINDOW {
        @Override
        void carryOut(HostileAgent agent, Opened stream) throws IOException {
            byte[] bytes = new byte[Protocol.FRAME_DATA_MAX];
            while (true) {
                agent.send(
                        stream.id,
                        Protocol.FRAME_DATA,
                        new PayloadWriter().u8(channel(stream, 0)).raw(bytes, 0, bytes.length));
            }
        }
    },
    EMPTY_FRAMES {
        @Override
        void carryOut(HostileAgent agent, Opened stream) throws IOException {
            while (true) {
                agent.send(
                        stream.id, Protocol.FRAME_DATA, new PayloadWriter().u8(channel(stream, 0)));
            }
        }
    },
    ENDLESS_RECORDS {
        @Override
        void carryOut(HostileAgent agent, Opened stream) throws IOException, InterruptedException {
            while (MostAnswers.record(agent, stream, 2000)) {
                // Once more.
            }
        }
    },
    TINY_RECORDS {
        @Override
        void carryOut(HostileAgent agent, Opened stream) throws IOException, InterruptedException {
            while (MostAnswers.record(agent, stream, 0)) {
                // Once more.
            }
        }
    },
    UNFINISHED_RECORD {
        @Override
        void carryOut(HostileAgent agent, Opened stream) throws IOException, InterruptedException {
            int size = MostAnswers.recordMax(stream);
            agent.record(stream, MostAnswers.kind(stream), size, new byte[0], size - 2);
        }
    },
    HUGE_RECORD {
        @Override
        void carryOut(HostileAgent agent, Opened stream) throws IOException, InterruptedException {
            agent.record(stream, MostAnswers.kind(stream), Integer.MAX_VALUE, new byte[0], 0);
            ENDLESS_DATA.carryOut(agent, stream);
        }
    },
    /** A result, and before it a record, of lengths that are not there. */
    WRONG_LENGTHS {
        @Override
        void carryOut(HostileAgent agent, Opened stream) throws IOException, InterruptedException {
            byte[] lie = new byte[1000];
            Arrays.fill(lie, (byte) 0x7f);
            if (channel(stream, 0) == Protocol.CHANNEL_RECORDS) {
                agent.record(stream, MostAnswers.kind(stream), 1001, lie, 0);
            }
            agent.answer(stream, new PayloadWriter().raw(lie, 0, lie.length));
        }
    },
    ZEROS {
        @Override
        void carryOut(HostileAgent agent, Opened stream) throws IOException {
            agent.answer(stream, new PayloadWriter().raw(new byte[60_000], 0, 60_000));
        }
    },
    LONG_MESSAGE {
        @Override
        void carryOut(HostileAgent agent, Opened stream) throws IOException {
            agent.end(stream, 5, "\u001b".repeat(60_000));
        }
    },
    CREDIT_FLOOD {
        @Override
        void carryOut(HostileAgent agent, Opened stream) throws IOException {
            while (true) {
                agent.send(stream.id, Protocol.FRAME_CREDIT, new PayloadWriter().u32(1));
            }
        }
    },
    PING_FLOOD {
        @Override
        void carryOut(HostileAgent agent, Opened stream) throws IOException {
            while (true) {
                agent.send(0, Protocol.FRAME_PING, new PayloadWriter().u64(1));
            }
        }
    },
    PONG_FLOOD {
        @Override
        void carryOut(HostileAgent agent, Opened stream) throws IOException {
            while (true) {
                agent.send(0, Protocol.FRAME_PONG, new PayloadWriter().u64(1));
            }
        }
    },
    ENDS_WITHOUT_END {
        @Override
        void carryOut(HostileAgent agent, Opened stream) throws IOException {
            while (true) {
                agent.send(stream.id, Protocol.FRAME_END, new PayloadWriter().u16(0).str(""));
            }
        }
    },
    OTHER_STREAMS {
        @Override
        void carryOut(HostileAgent agent, Opened stream) throws IOException {
            for (int id = stream.id + 1; ; id++) {
                agent.send(id, Protocol.FRAME_DATA, new PayloadWriter().u8(1).u8(1));
            }
        }
    },
    SILENCE {
        @Override
        void carryOut(HostileAgent agent, Opened stream) {}
    };

    abstract void carryOut(HostileAgent agent, Opened stream)
            throws IOException, InterruptedException;

    /** Whether the agent confirms a cancellation and stops. */
    boolean endsWhenCancelled() {
        return false;
    }

    /** One of the channels on which the operation may send. */
    private static int channel(Opened stream, int turn) {
        return switch (stream.operation) {
            case Protocol.OPERATION_EXEC ->
                    turn % 2 == 0 ? Protocol.CHANNEL_OUTPUT : Protocol.CHANNEL_ERRORS;
            case Protocol.OPERATION_RUN ->
                    turn % 2 == 0 ? Protocol.CHANNEL_ERRORS : Protocol.CHANNEL_OUTPUT;
            case Protocol.OPERATION_FILE_LIST, Protocol.OPERATION_INSPECT ->
                    Protocol.CHANNEL_RECORDS;
            default -> Protocol.CHANNEL_OUTPUT;
        };
    }
}
