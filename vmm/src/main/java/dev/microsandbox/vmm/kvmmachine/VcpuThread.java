package dev.microsandbox.vmm.kvmmachine;

import dev.microsandbox.vmm.kvm.Vcpu;
import dev.microsandbox.vmm.linux.Errno;
import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.linux.ThreadSignals;

/**
 * The platform thread of one vCPU: enters the guest, handles its exits, and waits at the gate when
 * kicked.
 *
 * <p>The thread goes to the gate only after KVM_RUN has returned EINTR. At that point no access of
 * the guest waits for its answer, because KVM completes the last access at the start of KVM_RUN,
 * before it checks for signals. So a vCPU that waits at the gate is between two instructions.
 */
final class VcpuThread {

    private final Vcpu vcpu;
    private final ExitHandler exits;
    private final Gate gate;
    private final String machine;
    private final int id;
    private final Thread thread;

    /**
     * The thread's id in the kernel; 0 before the thread runs and shortly before it ends. Guarded
     * by this object's lock.
     */
    private int threadId;

    /**
     * @param setup gives the thread its name and creates it
     * @param id of the vCPU
     * @param exits handles the exits and failures
     */
    VcpuThread(MachineSetup setup, int id, Vcpu vcpu, ExitHandler exits, Gate gate) {
        this.vcpu = vcpu;
        this.exits = exits;
        this.gate = gate;
        this.machine = setup.name();
        this.id = id;
        this.thread = setup.threads().create(setup.name() + "-vcpu" + id, this::run);
    }

    void start() {
        thread.start();
    }

    /** Makes the vCPU arrive at the gate soon. The caller closes or stops the gate before. */
    synchronized void kick() {
        if (threadId == 0) {
            return;
        }
        try {
            ThreadSignals.kick(threadId);
        } catch (LinuxException e) {
            throw new IllegalStateException("a live vCPU thread cannot be signalled", e);
        }
    }

    /** Waits until the thread has ended. */
    void join() throws InterruptedException {
        thread.join();
    }

    private void run() {
        try {
            VcpuStartEvent start = new VcpuStartEvent();
            start.startClock();
            ThreadSignals.blockKicks();
            vcpu.setSignalMask(ThreadSignals.ALL_BUT_KICK);
            setThreadId(ThreadSignals.currentThread());
            boolean go = gate.pass();
            if (go) {
                start.entering(machine, id);
            }
            while (go) {
                int result = vcpu.run();
                if (result == 0) {
                    go = exits.handle();
                } else if (result == -Errno.EINTR || result == -Errno.EAGAIN) {
                    // EAGAIN: a secondary vCPU was waiting for its start, and the wait was
                    // interrupted or is over.
                    ThreadSignals.consumeKick();
                    go = gate.pass();
                } else {
                    exits.failed(new LinuxException("KVM_RUN", -result));
                    go = false;
                }
            }
        } catch (LinuxException | RuntimeException | Error e) {
            exits.failed(e);
        } finally {
            setThreadId(0);
            gate.leave();
        }
    }

    private synchronized void setThreadId(int id) {
        threadId = id;
    }
}
