package dev.microsandbox.vmm.qemu;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.machine.GuestMachine;
import dev.microsandbox.vmm.storage.Sha256;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * QEMU's options: a machine with a read-only disk, the agent's port, a console to this process and
 * an entropy source, and no other device. QEMU gets its files as descriptors, which the shell that
 * becomes it has opened.
 */
final class QemuOptions {

    static final int KERNEL_FD = 3;
    static final int ROOTFS_FD = 4;
    static final int CONSOLE_FD = 5;
    static final int MEMORY_FD = 6;
    static final int STATE_FD = 7;

    private static final List<String> CONFINED =
            List.of(
                    "-nodefaults",
                    "-no-user-config",
                    "-no-reboot",
                    "-display",
                    "none",
                    "-sandbox",
                    "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");

    private QemuOptions() {}

    /** A machine that boots. */
    static List<String> boot(SandboxConfig config, QemuAccelerator accelerator) {
        return join(CONFINED, machine(config, accelerator), kernel(accelerator));
    }

    /**
     * A machine that boots and can be saved: its RAM is a file.
     *
     * @param monitor the socket that it has its monitor on
     */
    static List<String> savable(SandboxConfig config, QemuAccelerator accelerator, Path monitor) {
        return join(
                CONFINED,
                machine(config, accelerator),
                kernel(accelerator),
                ramOfFile(config, true),
                monitor(monitor));
    }

    /**
     * A machine that boots and can be saved with its RAM.
     *
     * @param monitor the socket that it has its monitor on
     */
    static List<String> restorable(
            SandboxConfig config, QemuAccelerator accelerator, Path monitor) {
        return join(
                CONFINED,
                machine(config, accelerator),
                kernel(accelerator),
                ram(config),
                monitor(monitor));
    }

    /**
     * A machine that waits for the state of one that was saved with its RAM.
     *
     * @param monitor the socket that it has its monitor on
     */
    static List<String> restored(SandboxConfig config, QemuAccelerator accelerator, Path monitor) {
        return join(
                CONFINED,
                machine(config, accelerator),
                ram(config),
                monitor(monitor),
                List.of("-incoming", "defer"));
    }

    /**
     * A machine that waits for the state of one whose RAM is a file. The kernel is in its RAM
     * already, and that it would be loaded from a file is of no use to it.
     *
     * @param monitor the socket that it has its monitor on
     */
    static List<String> clone(SandboxConfig config, QemuAccelerator accelerator, Path monitor) {
        return join(
                CONFINED,
                machine(config, accelerator),
                ramOfFile(config, false),
                monitor(monitor),
                List.of("-incoming", "defer"));
    }

    /**
     * A hash of all that a saved machine and the one that goes on from it have in common: a
     * machine's state fits one with the same.
     */
    static String fingerprint(SandboxConfig config, QemuAccelerator accelerator) {
        return Sha256.of(String.join("\0", boot(config, accelerator)).getBytes(UTF_8));
    }

    private static List<String> machine(SandboxConfig config, QemuAccelerator accelerator) {
        return join(
                accelerator.options(),
                List.of(
                        "-smp",
                        Integer.toString(config.cpus()),
                        "-m",
                        mebibytes(config),
                        "-global",
                        "virtio-mmio.force-legacy=false",
                        "-add-fd",
                        "fd=" + ROOTFS_FD + ",set=" + ROOTFS_FD,
                        "-blockdev",
                        "driver=file,node-name=root,read-only=on,locking=off,filename=/dev/fdset/"
                                + ROOTFS_FD,
                        "-device",
                        "virtio-blk-device,drive=root",
                        "-device",
                        "virtio-serial-device,max_ports=2",
                        "-add-fd",
                        "fd=" + CONSOLE_FD + ",set=" + CONSOLE_FD,
                        "-chardev",
                        // Appending keeps QEMU from truncating what is a pipe, which fails.
                        "file,id=console,append=on,path=/dev/fdset/" + CONSOLE_FD,
                        "-device",
                        "virtconsole,chardev=console,nr=0",
                        "-chardev",
                        "stdio,id=agent,signal=off",
                        "-device",
                        "virtserialport,chardev=agent,nr=1,name=" + GuestMachine.AGENT_PORT,
                        "-object",
                        "rng-random,id=entropy,filename=/dev/urandom",
                        "-device",
                        "virtio-rng-device,rng=entropy"));
    }

    private static List<String> kernel(QemuAccelerator accelerator) {
        return List.of("-kernel", descriptor(KERNEL_FD), "-append", accelerator.kernelParameters());
    }

    /** Named as that which is a file, so that the state of one fits the other. */
    private static List<String> ram(SandboxConfig config) {
        return List.of(
                "-object",
                "memory-backend-ram,id=ram,size=" + mebibytes(config),
                "-machine",
                "memory-backend=ram");
    }

    private static List<String> ramOfFile(SandboxConfig config, boolean shared) {
        return List.of(
                "-object",
                "memory-backend-file,id=ram,size="
                        + mebibytes(config)
                        + ",mem-path="
                        + descriptor(MEMORY_FD)
                        + (shared ? ",share=on" : ",share=off"),
                "-machine",
                "memory-backend=ram");
    }

    private static List<String> monitor(Path socket) {
        return List.of(
                "-chardev",
                // In an option's value a comma is written twice.
                "socket,id=monitor,path=" + socket.toString().replace(",", ",,"),
                "-mon",
                "chardev=monitor,mode=control");
    }

    private static String mebibytes(SandboxConfig config) {
        return config.memoryBytes() / (1024 * 1024) + "M";
    }

    private static String descriptor(int number) {
        return "/proc/self/fd/" + number;
    }

    @SafeVarargs
    private static List<String> join(List<String>... parts) {
        List<String> joined = new ArrayList<>();
        for (List<String> part : parts) {
            joined.addAll(part);
        }
        return joined;
    }
}
