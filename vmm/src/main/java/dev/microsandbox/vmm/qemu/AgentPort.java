package dev.microsandbox.vmm.qemu;

import dev.microsandbox.vmm.machine.GuestMachine;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * The agent's port of a machine whose QEMU process can be replaced. Its streams stay the same.
 * After a replacement, they drop the former process's remaining bytes, and a read that waits for
 * the former process waits for the new one instead. Thread-safe.
 */
final class AgentPort {

    private volatile Ends current;

    AgentPort(GuestMachine process) {
        this.current = new Ends(process);
    }

    /**
     * Switches the streams to another process. The caller then ends the former one, so that a
     * waiting read notices.
     */
    void switchTo(GuestMachine next) {
        current = new Ends(next);
    }

    /** The streams of one process. */
    private static final class Ends {

        private final InputStream input;
        private final OutputStream output;

        Ends(GuestMachine process) {
            this.input = process.agentInput();
            this.output = process.agentOutput();
        }
    }

    InputStream input() {
        return new Input();
    }

    OutputStream output() {
        return new Output();
    }

    private final class Input extends InputStream {

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            while (true) {
                Ends asked = current;
                int count;
                try {
                    count = asked.input.read(bytes, offset, length);
                } catch (IOException e) {
                    if (asked == current) {
                        throw e;
                    }
                    continue;
                }
                if (asked == current) {
                    return count;
                }
            }
        }
    }

    private final class Output extends OutputStream {

        @Override
        public void write(int value) throws IOException {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            OutputStream to = current.output;
            to.write(bytes, offset, length);
            // A process's stream is buffered.
            to.flush();
        }
    }
}
