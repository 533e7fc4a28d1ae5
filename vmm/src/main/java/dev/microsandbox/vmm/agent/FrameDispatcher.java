package dev.microsandbox.vmm.agent;

/**
 * Decodes the frames of an agent and passes each on to the connection or to its stream. Runs on the
 * connection's reader thread. Every frame is untrusted: what the protocol does not allow ends in a
 * {@link ProtocolException}, which costs this one guest.
 */
final class FrameDispatcher {

    private final AgentConnection connection;
    private final Watchdog watchdog;

    FrameDispatcher(AgentConnection connection, Watchdog watchdog) {
        this.connection = connection;
        this.watchdog = watchdog;
    }

    /**
     * Decodes the first frame of a connection, a HELLO.
     *
     * @return the agent's build
     * @throws ProtocolException if the frame is no HELLO, or the agent does not speak this host's
     *     version
     */
    static String agentBuild(Frame frame) throws ProtocolException {
        if (frame.type() != Protocol.FRAME_HELLO || frame.stream() != Protocol.CONNECTION_STREAM) {
            throw new ProtocolException("the first frame has type " + frame.type());
        }
        PayloadReader payload = new PayloadReader(frame.payload());
        String magic = payload.str();
        int lowest = payload.u16();
        int highest = payload.u16();
        String build = payload.str();
        payload.finish();
        if (!magic.equals(Protocol.PROTOCOL_MAGIC)) {
            throw new ProtocolException(
                    "it does not introduce itself as " + Protocol.PROTOCOL_MAGIC);
        }
        if (Protocol.PROTOCOL_VERSION < lowest || Protocol.PROTOCOL_VERSION > highest) {
            throw new ProtocolException(
                    "it speaks versions "
                            + lowest
                            + " to "
                            + highest
                            + ", this host "
                            + Protocol.PROTOCOL_VERSION
                            + "; rebuild the image with 'msb image build'");
        }
        return build;
    }

    void dispatch(Frame frame) throws ProtocolException {
        if (frame.stream() == Protocol.CONNECTION_STREAM) {
            dispatchConnection(frame);
            return;
        }
        AgentStream stream = connection.stream(frame.stream());
        if (stream == null) {
            throw new ProtocolException(
                    "a frame of type " + frame.type() + " for no open stream, " + frame.stream());
        }
        PayloadReader payload = new PayloadReader(frame.payload());
        switch (frame.type()) {
            case Protocol.FRAME_DATA -> {
                int channel = payload.u8();
                int length = frame.payload().length - 1;
                if (length == 0) {
                    throw new ProtocolException("a data frame without data");
                }
                stream.onData(channel, frame.payload(), 1, length);
            }
            case Protocol.FRAME_CREDIT -> {
                int bytes = payload.u31();
                payload.finish();
                stream.onCredit(bytes);
            }
            case Protocol.FRAME_END -> {
                int status = payload.u16();
                String message = payload.str();
                connection.release(
                        stream, new AgentStream.Event.End(status, message, payload.rest()));
            }
            default -> throw new ProtocolException("a frame of type " + frame.type());
        }
    }

    private void dispatchConnection(Frame frame) throws ProtocolException {
        PayloadReader payload = new PayloadReader(frame.payload());
        switch (frame.type()) {
            case Protocol.FRAME_PING -> {
                long token = payload.i64();
                payload.finish();
                watchdog.onPing(token);
            }
            case Protocol.FRAME_PONG -> {
                long token = payload.i64();
                payload.finish();
                watchdog.onPong(token);
            }
            case Protocol.FRAME_RENEWED -> connection.onRenewed(payload);
            case Protocol.FRAME_FATAL ->
                    throw new ProtocolException("it gave up: " + printable(payload.str()));
            default -> throw new ProtocolException("a frame of type " + frame.type());
        }
    }

    /** Makes the agent's text fit for a message: short, on one line, no control characters. */
    static String printable(String text) {
        String line = text.length() > 500 ? text.substring(0, 500) + "…" : text;
        return line.replaceAll("\\p{Cc}", " ");
    }
}
