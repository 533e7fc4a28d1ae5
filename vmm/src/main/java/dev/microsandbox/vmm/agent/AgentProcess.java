package dev.microsandbox.vmm.agent;

import dev.microsandbox.vmm.Exit;
import dev.microsandbox.vmm.GuestProcess;
import dev.microsandbox.vmm.OutputListener;
import dev.microsandbox.vmm.SandboxException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;

/** A command on an EXEC stream. */
final class AgentProcess implements GuestProcess {

    private final AgentStream stream;
    private final OutputStream stdin = new Stdin();

    AgentProcess(AgentStream stream) {
        this.stream = stream;
    }

    @Override
    public OutputStream stdin() {
        return stdin;
    }

    @Override
    public void signal(int number) {
        if (number < 1 || number > Protocol.SIGNAL_MAX) {
            throw new IllegalArgumentException(
                    "signals are 1 to " + Protocol.SIGNAL_MAX + ", not " + number);
        }
        stream.signal(number);
    }

    @Override
    public void cancel() {
        stream.cancel();
    }

    @Override
    public Exit await(OutputListener listener) throws InterruptedException {
        try {
            return stream.await(
                    (channel, bytes) -> output(listener, channel, bytes), Results::exit);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void output(OutputListener listener, int channel, byte[] bytes) {
        if (channel == Protocol.CHANNEL_OUTPUT) {
            listener.stdout(bytes);
        } else {
            listener.stderr(bytes);
        }
    }

    /**
     * Sends each write at once, because an interactive program must not wait for a buffer to fill.
     */
    private final class Stdin extends OutputStream {

        private boolean closed;

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            if (closed) {
                throw new IOException("standard input is closed");
            }
            try {
                stream.send(Protocol.CHANNEL_INPUT, bytes, offset, length);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted while writing to standard input");
            } catch (SandboxException e) {
                throw new IOException(e.getMessage(), e);
            }
        }

        @Override
        public void close() {
            if (!closed) {
                closed = true;
                stream.sendEof(Protocol.CHANNEL_INPUT);
            }
        }
    }
}
