package dev.microsandbox.vmm.kvmmachine;

import dev.microsandbox.vmm.linux.LinuxException;
import java.util.function.Consumer;

/**
 * The platform thread on which a machine's devices work, woken by what the guest's notifications
 * signal. One a machine: a guest that floods it delays itself alone.
 */
final class IoThread {

    private final IoEvents events;
    private final Consumer<Throwable> failed;
    private final Gate gate;
    private final Thread thread;

    /**
     * @param setup names and makes the thread
     * @param events stay the caller's to close, after {@link #join}
     * @param gate where it waits while the machine is paused, between two rounds of work
     * @param failed hears of a device's failure, after which this thread does nothing more
     */
    IoThread(MachineSetup setup, IoEvents events, Gate gate, Consumer<Throwable> failed) {
        this.events = events;
        this.gate = gate;
        this.failed = failed;
        this.thread = setup.threads().create(setup.name() + "-io", this::run);
    }

    void start() {
        thread.start();
    }

    /** Makes it come to the gate soon. The caller has set at the gate what it shall find. */
    void wake() {
        events.wake();
    }

    /** Waits for the thread's end. */
    void join() throws InterruptedException {
        thread.join();
    }

    private void run() {
        try {
            while (gate.pass()) {
                events.awaitAndWork();
            }
        } catch (LinuxException | RuntimeException | Error e) {
            failed.accept(e);
        } finally {
            gate.leave();
        }
    }
}
