package dev.microsandbox.vmm.qemu;

import dev.microsandbox.vmm.Isolation;
import dev.microsandbox.vmm.machine.KernelParameters;
import dev.microsandbox.vmm.machine.MachineKind;
import java.util.List;

/**
 * How QEMU runs a guest's instructions.
 *
 * @param machineName {@link MachineKind#name} of its machines
 * @param options the command-line options that select it
 * @param kernelParameters the guest's kernel command line, without devices
 * @param isolation the guest's isolation from the host
 * @param usesKvm whether the process opens /dev/kvm, which a user without an account may not open
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
                            // Without five-level page tables the emulator is faster, and a guest
                            // this small does not need them. Nor does it need AMD's virtual
                            // machines, which this emulator would emulate.
                            "-cpu",
                            "max,la57=off,svm=off"),
                    KernelParameters.forTcg(),
                    Isolation.EMULATION,
                    false);

    /**
     * KVM, with the machine of QEMU's that is closest to ours. Benchmarks compare ours with it.
     *
     * @param kernelModeEmulated whether this host's KVM emulates the guest's kernel mode;
     *     hypercalls do not return on such a KVM
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
