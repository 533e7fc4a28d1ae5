package dev.microsandbox.vmm.qemu;

import dev.microsandbox.vmm.Isolation;
import dev.microsandbox.vmm.machine.KernelParameters;
import dev.microsandbox.vmm.machine.MachineKind;
import java.util.List;

/**
 * How QEMU runs a guest's instructions.
 *
 * @param machineName {@link MachineKind#name} of its machines
 * @param options of its command line
 * @param kernelParameters of the guest's kernel
 * @param isolation that it gives
 * @param usesKvm whether the process opens /dev/kvm, which a user without an account may not
 */
public record QemuAccelerator(
        String machineName,
        List<String> options,
        String kernelParameters,
        Isolation isolation,
        boolean usesKvm) {

    /** Software emulation. */
    public static final QemuAccelerator TCG =
            new QemuAccelerator(
                    "qemu",
                    List.of(
                            "-machine",
                            "microvm,acpi=off,isa-serial=off,rtc=off",
                            "-accel",
                            "tcg,thread=multi,tb-size=128",
                            // Five-level page tables cost the emulator time and a guest this small
                            // nothing.
                            "-cpu",
                            "max,la57=off"),
                    KernelParameters.forTcg(),
                    Isolation.EMULATION,
                    false);

    /**
     * KVM, on a machine as near to ours as QEMU has one: what ours is measured against.
     *
     * @param kernelModeEmulated whether this host's KVM emulates the guest's kernel mode; its
     *     hypercalls do not return
     */
    public static QemuAccelerator kvm(boolean kernelModeEmulated) {
        String cpu = "host,arch-capabilities=off";
        return new QemuAccelerator(
                "qemu-kvm",
                List.of(
                        "-machine",
                        "microvm,acpi=off,isa-serial=off,rtc=off,pit=off,pic=off",
                        "-accel",
                        "kvm",
                        "-cpu",
                        kernelModeEmulated
                                ? cpu + ",-kvm-pv-ipi,-kvm-pv-tlb-flush,-kvm-pv-unhalt"
                                : cpu),
                KernelParameters.forKvm(kernelModeEmulated),
                kernelModeEmulated ? Isolation.KVM_SOFTWARE : Isolation.HARDWARE,
                true);
    }
}
