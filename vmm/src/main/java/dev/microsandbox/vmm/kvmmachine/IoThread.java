package dev.microsandbox.vmm.kvmmachine;

import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.linux.ProcessorShare;
import java.util.function.Consumer;

/**
 * The platform thread on which a machine's devices work. The guest's notifications wake it through
 * eventfds. Each machine has its own, so a guest that floods it with notifications delays only
 * itself; and the thread keeps to a share of a processor.
 */
final class IoThread {

    private final IoEvents events;
    private final Consumer<Throwable> failed;
    private final Gate gate;
    private final Thread thread;

    /**
     * @param setup gives the thread its name and creates it
     * @param events what to wait for; closed by the caller, after {@link #join}
     * @param gate where the thread waits, between two rounds of work, while the machine is paused
     * @param failed called when a device fails, after which this thread ends
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

    /** Makes the thread arrive at the gate soon. The caller closes or stops the gate before. */
    void wake() {
        events.wake();
    }

    /** Waits until the thread has ended. */
    void join() throws InterruptedException {
        thread.join();
    }

    private void run() {
        try {
            ProcessorShare share = new ProcessorShare();
            while (gate.pass()) {
                events.awaitAndWork();
                share.pace();
            }
        } catch (LinuxException | RuntimeException | Error e) {
            failed.accept(e);
        } finally {
            gate.leave();
        }
    }
}
