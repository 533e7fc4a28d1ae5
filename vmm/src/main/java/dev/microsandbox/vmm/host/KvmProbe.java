package dev.microsandbox.vmm.host;

import dev.microsandbox.vmm.host.KvmFinding.State;
import dev.microsandbox.vmm.kvm.Capability;
import dev.microsandbox.vmm.kvm.Kvm;
import dev.microsandbox.vmm.kvmmachine.KernelModeSpeed;
import dev.microsandbox.vmm.linux.Errno;
import dev.microsandbox.vmm.linux.LinuxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

/** Finds out what this host's KVM can do by using it. Takes milliseconds. */
public final class KvmProbe {

    private static final Path MODULES = Path.of("/sys/module");

    /**
     * The time per instruction above which KVM is taken to emulate kernel mode. A processor takes
     * less than a nanosecond per instruction of the measured loop, an emulating kernel 200 or more.
     * No host is known in between, so the limit is far from a slow or busy processor and from a
     * fast emulator.
     */
    private static final double EMULATED_NANOS = 30;

    private KvmProbe() {}

    /** Examines this host. */
    public static KvmFinding probe() {
        return probe(Kvm.DEVICE, MODULES);
    }

    /**
     * Examines a device.
     *
     * @param modules the directory in which the kernel lists its modules, to word the advice
     */
    static KvmFinding probe(Path device, Path modules) {
        try (Kvm kvm = Kvm.open(device)) {
            return probe(kvm, device);
        } catch (LinuxException e) {
            return notOpened(device, modules, e);
        }
    }

    static KvmFinding notOpened(Path device, Path modules, LinuxException e) {
        return switch (e.errno()) {
            case Errno.ENOENT, Errno.ENXIO, Errno.ENODEV ->
                    new KvmFinding(State.MISSING, device + " is missing. " + whyMissing(modules));
            case Errno.EACCES, Errno.EPERM -> new KvmFinding(State.FORBIDDEN, forbidden(device));
            case Errno.EBUSY -> busy(device, e);
            default ->
                    new KvmFinding(
                            State.NOT_KVM,
                            "%s cannot be opened as KVM's device: %s."
                                    .formatted(device, e.getMessage()));
        };
    }

    private static KvmFinding probe(Kvm kvm, Path device) {
        int version;
        try {
            version = kvm.apiVersion();
        } catch (LinuxException e) {
            return new KvmFinding(
                    State.NOT_KVM,
                    "%s is not KVM's device: it does not tell a version. Remove it and load kvm_intel or kvm_amd (modprobe)."
                            .formatted(device));
        }
        if (version != Kvm.API_VERSION) {
            return tooOld(version);
        }
        try {
            Set<Capability> lacking = EnumSet.noneOf(Capability.class);
            for (Capability capability : Capability.values()) {
                if (!kvm.has(capability)) {
                    lacking.add(capability);
                }
            }
            return lacking.isEmpty()
                    ? judge(device, KernelModeSpeed.nanosPerInstruction(kvm))
                    : lacking(device, lacking);
        } catch (LinuxException e) {
            return notRunning(device, e);
        }
    }

    static KvmFinding notRunning(Path device, LinuxException e) {
        return e.errno() == Errno.EBUSY
                ? busy(device, e)
                : new KvmFinding(
                        State.FAILING,
                        "%s is there, but no virtual machine runs on it: %s. Look at 'dmesg'; virtualization may be off in the firmware, or this machine's hypervisor may not pass it on."
                                .formatted(device, e.getMessage()));
    }

    static KvmFinding tooOld(int version) {
        return new KvmFinding(
                State.TOO_OLD,
                "The host's KVM has version %d of its interface, and %d is needed: update the host's kernel."
                        .formatted(version, Kvm.API_VERSION));
    }

    static KvmFinding lacking(Path device, Set<Capability> lacking) {
        return new KvmFinding(
                State.LACKING,
                "%s lacks %s: update the host's kernel, or use one that is built with them."
                        .formatted(
                                device,
                                lacking.stream()
                                        .map(capability -> "KVM_CAP_" + capability)
                                        .collect(Collectors.joining(", "))));
    }

    static KvmFinding judge(Path device, double nanosPerInstruction) {
        return nanosPerInstruction > EMULATED_NANOS
                ? new KvmFinding(
                        State.EMULATED,
                        "%s emulates the guest's kernel mode (%.0f ns an instruction, a processor takes less than 1): guests run correctly, and very slowly. It has no hardware virtualization at hand; a host that has (or, on a virtual machine, nested virtualization) is much faster."
                                .formatted(device, nanosPerInstruction),
                        nanosPerInstruction)
                : new KvmFinding(
                        State.USABLE,
                        "%s runs guests on the processor (%.2f ns an instruction of kernel mode)."
                                .formatted(device, nanosPerInstruction),
                        nanosPerInstruction);
    }

    private static KvmFinding busy(Path device, LinuxException e) {
        return new KvmFinding(
                State.BUSY,
                "%s is busy (%s): another hypervisor holds the processor's virtualization. Stop it, VirtualBox for one, or look at 'dmesg'."
                        .formatted(device, e.getMessage()));
    }

    private static String whyMissing(Path modules) {
        return Files.isDirectory(modules.resolve("kvm"))
                ? "The kvm module is there: in a container pass the device (--device /dev/kvm)."
                : "Load kvm_intel or kvm_amd (modprobe), switch virtualization on in the firmware,"
                        + " or, on a virtual machine, ask for nested virtualization.";
    }

    private static String forbidden(Path device) {
        try {
            PosixFileAttributes attributes =
                    Files.readAttributes(device, PosixFileAttributes.class);
            return forbidden(
                    device,
                    attributes.owner().getName(),
                    attributes.group().getName(),
                    attributes.permissions().contains(PosixFilePermission.GROUP_WRITE));
        } catch (IOException e) {
            return device + " may not be opened by this user.";
        }
    }

    /**
     * The message about a device that this user may not open. It never advises joining root's
     * group, which has more rights than to use KVM.
     */
    static String forbidden(Path device, String owner, String group, boolean byGroup) {
        if (byGroup && !group.equals("root")) {
            return "%s is for group %s: add yourself with 'usermod -aG %s USER' and log in anew."
                    .formatted(device, group, group);
        }
        return "%s is for %s alone: run as that user, or give it to a group, 'chgrp kvm %s' and 'chmod g+rw %s', and add yourself with 'usermod -aG kvm USER'."
                .formatted(device, owner, device, device);
    }
}
