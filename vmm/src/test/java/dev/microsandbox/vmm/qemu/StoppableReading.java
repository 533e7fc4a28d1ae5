package dev.microsandbox.vmm.qemu;

import dev.microsandbox.vmm.Isolation;
import dev.microsandbox.vmm.machine.GuestMachine;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.CountDownLatch;

/** A machine whose agent's output is not read any more after some moment, until it ends. */
record StoppableReading(GuestMachine machine, CountDownLatch reading, CountDownLatch ended)
        implements GuestMachine {

    StoppableReading(GuestMachine machine) {
        this(machine, new CountDownLatch(1), new CountDownLatch(1));
    }

    void stopReading() {
        reading.countDown();
    }

    @Override
    public InputStream agentInput() {
        InputStream in = machine.agentInput();
        return new InputStream() {
            @Override
            public int read() {
                throw new UnsupportedOperationException("one byte");
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                if (reading.getCount() == 0) {
                    try {
                        ended.await();
                    } catch (InterruptedException e) {
                        throw new IOException(e);
                    }
                }
                return in.read(bytes, offset, length);
            }
        };
    }

    @Override
    public OutputStream agentOutput() {
        return machine.agentOutput();
    }

    @Override
    public Isolation isolation() {
        return machine.isolation();
    }

    @Override
    public String description() {
        return machine.description();
    }

    @Override
    public String lastWords() {
        return machine.lastWords();
    }

    @Override
    public void stop() {
        machine.stop();
        ended.countDown();
    }
}
