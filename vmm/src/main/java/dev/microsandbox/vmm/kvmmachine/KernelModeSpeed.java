package dev.microsandbox.vmm.kvmmachine;

import dev.microsandbox.vmm.boot.EntryState;
import dev.microsandbox.vmm.boot.LongMode;
import dev.microsandbox.vmm.kvm.ExitReason;
import dev.microsandbox.vmm.kvm.Kvm;
import dev.microsandbox.vmm.kvm.Vcpu;
import dev.microsandbox.vmm.kvm.Vm;
import dev.microsandbox.vmm.linux.Errno;
import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.memory.GuestMemory;

/**
 * Measures how fast a guest's kernel mode runs: a tiny machine counts down a register in 64-bit
 * kernel mode and halts.
 */
public final class KernelModeSpeed {

    private static final int ROUNDS = 10_000;

    /** The first run fills page tables and caches, so the fastest run counts. */
    private static final int RUNS = 5;

    private static final long MEMORY_BYTES = 64 * 1024;
    private static final long CODE_ADDRESS = 0xc000;

    /** mov ecx, ROUNDS; again: dec ecx; jnz again; hlt. */
    private static final byte[] CODE = {
        (byte) 0xb9,
        (byte) ROUNDS,
        (byte) (ROUNDS >> 8),
        0,
        0,
        (byte) 0xff,
        (byte) 0xc9,
        0x75,
        (byte) 0xfc,
        (byte) 0xf4
    };

    private KernelModeSpeed() {}

    /**
     * Runs the measurement.
     *
     * @return nanoseconds per instruction, including the guest's entry and exit
     * @throws LinuxException if the machine cannot be created or does not run
     */
    public static double nanosPerInstruction(Kvm kvm) throws LinuxException {
        try (GuestMemory memory = GuestMemory.allocate(MEMORY_BYTES);
                Vm vm = kvm.createVm()) {
            memory.range(CODE_ADDRESS, CODE.length).copyFrom(CODE);
            EntryState entry = LongMode.prepare(memory, CODE_ADDRESS, 0);
            vm.setMemory(0, 0, memory.regions().getFirst().segment());
            try (Vcpu vcpu = vm.createVcpu(0)) {
                vcpu.setCpuid(kvm.supportedCpuid());
                long best = Long.MAX_VALUE;
                for (int i = 0; i < RUNS; i++) {
                    VcpuSetup.enter(vcpu, entry);
                    best = Math.min(best, run(vcpu));
                }
                return best / (2.0 * ROUNDS);
            }
        }
    }

    /** Runs until the halt and returns the time in nanoseconds. */
    private static long run(Vcpu vcpu) throws LinuxException {
        long start = System.nanoTime();
        int result;
        do {
            result = vcpu.run();
        } while (result == -Errno.EINTR);
        long nanos = System.nanoTime() - start;
        int reason = vcpu.state().exitReason();
        if (result != 0 || reason != ExitReason.HLT) {
            throw new LinuxException(
                    "KVM_RUN of a loop, which ended with " + ExitReason.name(reason),
                    result == 0 ? Errno.EIO : -result);
        }
        return nanos;
    }
}
