package dev.microsandbox.vmm.machine;

import java.util.List;

/** The guest's kernel command line, without the parameters that describe devices. */
public final class KernelParameters {

    /**
     * Of the boot messages, the kernel prints only errors, to the virtio console. A panic ends the
     * machine. No device needs bounce buffers.
     */
    private static final List<String> ALWAYS =
            List.of(
                    "console=hvc0",
                    "quiet",
                    "loglevel=4",
                    "panic=-1",
                    "swiotlb=noforce",
                    "root=/dev/vda",
                    "rootfstype=erofs",
                    "ro",
                    "init=/sbin/microsandbox-agent");

    /**
     * For a KVM that emulates the guest's kernel mode and cannot emulate these instructions. It
     * announces them regardless of the CPUID leaves that are set, so the kernel must be told not to
     * use them. The time-stamp counters of its vCPUs cannot be set either, but the paravirtual
     * clock is correct. And a kernel on it would take seconds to patch itself for a single
     * processor.
     */
    private static final List<String> EMULATED_KERNEL_MODE =
            List.of(
                    "nokaslr",
                    "noxsave",
                    "clearcpuid=smap,smep,fsgsbase,pcid,invpcid,umip,rdpid,cx16,xsaves,pku,la57,"
                            + "popcnt,erms,fsrm,movbe,bmi1,bmi2,avx,avx2,rdrand,rdseed",
                    "clocksource=kvm-clock",
                    "noreplace-smp");

    /** Resets through the keyboard controller, which ends our machine. */
    private static final String RESET_BY_KEYBOARD = "reboot=k";

    /**
     * Resets by a triple fault, because QEMU's machine has no keyboard controller, and waiting for
     * one would take two seconds.
     */
    private static final String RESET_BY_TRIPLE_FAULT = "reboot=t";

    private KernelParameters() {}

    /** The parameters for QEMU's software emulation. */
    public static String forTcg() {
        return always(RESET_BY_TRIPLE_FAULT);
    }

    /**
     * The parameters for a machine on KVM.
     *
     * @param kernelModeEmulated whether this host's KVM emulates the guest's kernel mode
     */
    public static String forKvm(boolean kernelModeEmulated) {
        String always = always(RESET_BY_KEYBOARD);
        return kernelModeEmulated ? always + " " + String.join(" ", EMULATED_KERNEL_MODE) : always;
    }

    private static String always(String reset) {
        return String.join(" ", ALWAYS) + " " + reset;
    }
}
