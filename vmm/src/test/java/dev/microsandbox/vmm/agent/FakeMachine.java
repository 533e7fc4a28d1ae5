package dev.microsandbox.vmm.agent;

import dev.microsandbox.vmm.Isolation;
import dev.microsandbox.vmm.machine.GuestMachine;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A machine whose agent is the test itself: it reads and writes frames by hand. */
final class FakeMachine implements GuestMachine, AutoCloseable {

    private final MemoryPipe toHost = new MemoryPipe();
    private final MemoryPipe toAgent = new MemoryPipe();
    private final InputStream hostInput = toHost.input();
    private final OutputStream hostOutput = toAgent.output();
    private final OutputStream agentOutput = toHost.output();
    private final FrameReader agentReader = new FrameReader(toAgent.input());
    private final CountDownLatch stopped = new CountDownLatch(1);

    // Called by the host.

    @Override
    public String description() {
        return "an imitation";
    }

    @Override
    public Isolation isolation() {
        return Isolation.EMULATION;
    }

    @Override
    public InputStream agentInput() {
        return hostInput;
    }

    @Override
    public OutputStream agentOutput() {
        return hostOutput;
    }

    @Override
    public String lastWords() {
        return "The fake machine stopped.";
    }

    @Override
    public void stop() {
        stopped.countDown();
        close();
    }

    // Called by the test in the agent's role.

    void send(int stream, int type, PayloadWriter payload) throws IOException {
        agentOutput.write(payload.frame(stream, type));
    }

    void sendRaw(byte[] bytes) throws IOException {
        agentOutput.write(bytes);
    }

    @Nullable Frame receive() throws IOException {
        return agentReader.next();
    }

    /** Receives frames until one of the given type arrives. */
    Frame receive(int type) throws IOException {
        while (true) {
            Frame frame = receive();
            if (frame == null) {
                throw new IOException("no frame of type " + type + " came");
            }
            if (frame.type() == type) {
                return frame;
            }
        }
    }

    void hello() throws IOException {
        send(
                0,
                Protocol.FRAME_HELLO,
                helloPayload(
                        Protocol.PROTOCOL_MAGIC,
                        Protocol.PROTOCOL_VERSION,
                        Protocol.PROTOCOL_VERSION));
    }

    static PayloadWriter helloPayload(String magic, int lowest, int highest) {
        return new PayloadWriter().str(magic).u16(lowest).u16(highest).str("test");
    }

    void end(int stream, int status, String message) throws IOException {
        send(stream, Protocol.FRAME_END, new PayloadWriter().u16(status).str(message));
    }

    boolean awaitStop() throws InterruptedException {
        return stopped.await(10, TimeUnit.SECONDS);
    }

    /** Ends the streams, as if the machine's process had died. */
    @Override
    public void close() {
        toHost.close();
        toAgent.close();
    }
}
