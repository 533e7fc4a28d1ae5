package dev.microsandbox.vmm.kvmmachine;

import dev.microsandbox.vmm.kvm.Vcpu;
import dev.microsandbox.vmm.linux.Errno;
import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.linux.ThreadSignals;

/**
 * The platform thread of one vCPU: enters the guest, answers its exits, waits at the gate when
 * kicked.
 *
 * <p>The gate is looked at only after KVM_RUN came back with EINTR. That is when no access of the
 * guest waits for its answer: KVM completes the last one at the start of KVM_RUN, before it looks
 * for signals. So a vCPU that waits at the gate is between two instructions.
 */
final class VcpuThread {

    private final Vcpu vcpu;
    private final ExitHandler exits;
    private final Gate gate;
    private final String machine;
    private final int id;
    private final Thread thread;

    /** The kernel's id of the thread; 0 before it runs and from before it ends. */
    private int threadId;

    /**
     * @param setup of the machine: names and makes the thread
     * @param id of the vCPU
     * @param exits answers the exits, and hears of a failure
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

    /** Makes the vCPU come to the gate soon. The caller has set at the gate what it shall find. */
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

    /** Waits for the thread's end. */
    void join() throws InterruptedException {
        thread.join();
    }

    private void run() {
        VcpuStartEvent start = new VcpuStartEvent();
        start.startClock();
        try {
            ThreadSignals.holdKicks();
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
                    // EAGAIN: a secondary vCPU's waiting for its start was interrupted or is over.
                    ThreadSignals.takeKick();
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
