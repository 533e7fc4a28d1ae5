package dev.microsandbox.vmm.machine;

import dev.microsandbox.vmm.linux.LinuxException;
import java.util.function.Consumer;

/**
 * The platform thread on which a machine's devices work, woken by what the guest's notifications
 * signal. One a machine: a guest that floods it delays itself alone.
 */
final class IoThread {

    private final IoEvents events;
    private final Consumer<Throwable> failed;
    private final Thread thread;
    private volatile boolean stopping;

    /**
     * @param events stay the caller's to close, after {@link #join}
     * @param failed hears of a device's failure, after which this thread does nothing more
     */
    IoThread(String name, IoEvents events, Consumer<Throwable> failed) {
        this.events = events;
        this.failed = failed;
        this.thread = MachineThreads.create(name, this::run);
    }

    void start() {
        thread.start();
    }

    /** Lets the thread end soon. */
    void stop() {
        stopping = true;
        events.wake();
    }

    /** Waits for the thread's end; {@link #stop} comes first. */
    void join() throws InterruptedException {
        thread.join();
    }

    private void run() {
        try {
            while (!stopping) {
                events.awaitAndWork();
            }
        } catch (LinuxException | RuntimeException | Error e) {
            failed.accept(e);
        }
    }
}
