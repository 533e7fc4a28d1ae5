package dev.microsandbox.vmm.machine;

import java.util.List;

/** What the guest's kernel is told on its command line, devices aside. */
public final class KernelParameters {

    /**
     * No boot messages but errors, on the virtio console; a panic resets the machine, which ends
     * it, through the keyboard controller. No device needs bounce buffers.
     */
    private static final List<String> ALWAYS =
            List.of(
                    "console=hvc0",
                    "quiet",
                    "loglevel=4",
                    "panic=-1",
                    "reboot=k",
                    "swiotlb=noforce",
                    "root=/dev/vda",
                    "rootfstype=erofs",
                    "ro",
                    "init=/sbin/microsandbox-agent");

    /**
     * For a KVM that emulates the guest's kernel mode, and does not know these instructions. It
     * announces them whatever it is told to, so the kernel must be told not to use them. Its
     * processors' time-stamp counters cannot be set either: the paravirtual clock is right.
     */
    private static final List<String> EMULATED_KERNEL_MODE =
            List.of(
                    "nokaslr",
                    "noxsave",
                    "clearcpuid=smap,smep,fsgsbase,pcid,invpcid,umip,rdpid,cx16,xsaves,pku,la57,"
                            + "popcnt,erms,fsrm,movbe,bmi1,bmi2,avx,avx2,rdrand,rdseed",
                    "clocksource=kvm-clock");

    private KernelParameters() {}

    /**
     * The parameters for a machine on KVM.
     *
     * @param kernelModeEmulated whether this host's KVM emulates the guest's kernel mode
     */
    public static String forKvm(boolean kernelModeEmulated) {
        String always = String.join(" ", ALWAYS);
        return kernelModeEmulated
                ? always + " " + String.join(" ", EMULATED_KERNEL_MODE)
                : always;
    }
}
