package dev.microsandbox.vmm.machine;

import java.util.List;

/** What the guest's kernel is told on its command line, devices aside. */
public final class KernelParameters {

    /**
     * No boot messages but errors, on the virtio console; a panic ends the machine. No device needs
     * bounce buffers.
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
     * For a KVM that emulates the guest's kernel mode, and does not know these instructions. It
     * announces them whatever it is told to, so the kernel must be told not to use them. Its
     * processors' time-stamp counters cannot be set either: the paravirtual clock is right. And
     * patching itself for a single processor takes such a kernel seconds.
     */
    private static final List<String> EMULATED_KERNEL_MODE =
            List.of(
                    "nokaslr",
                    "noxsave",
                    "clearcpuid=smap,smep,fsgsbase,pcid,invpcid,umip,rdpid,cx16,xsaves,pku,la57,"
                            + "popcnt,erms,fsrm,movbe,bmi1,bmi2,avx,avx2,rdrand,rdseed",
                    "clocksource=kvm-clock",
                    "noreplace-smp");

    /** A reset through the keyboard controller, which ends our machine. */
    private static final String RESET_BY_KEYBOARD = "reboot=k";

    /**
     * A reset by a triple fault: QEMU's machine has no keyboard controller, and waiting for one
     * takes two seconds.
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
