package dev.microsandbox.vmm.qemu;

import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.machine.GuestMachine;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The command line of one QEMU process.
 *
 * <p>The process is confined before it runs a guest instruction:
 *
 * <ul>
 *   <li>it dies with this JVM, also when that is killed (PR_SET_PDEATHSIG; the signal comes when
 *       the <em>thread</em> that started it ends, so that thread waits for it);
 *   <li>it gets its files as open descriptors and, where this JVM may give it one, a user of its
 *       own that owns nothing and cannot reach the others' processes; no capabilities,
 *       no_new_privs;
 *   <li>QEMU's own seccomp filter forbids it to start processes, gain privileges or change its
 *       limits;
 *   <li>its machine has a read-only disk, the agent's port, a console to this process and an
 *       entropy source, and no other device.
 * </ul>
 */
final class QemuCommand {

    static final String QEMU = "qemu-system-x86_64";

    /** Exit status of the launching shell when this JVM was gone before QEMU started. */
    static final int PARENT_GONE = 70;

    /** Descriptors of the QEMU process, opened by the shell that becomes it. */
    private static final int KERNEL_FD = 3;

    private static final int ROOTFS_FD = 4;
    private static final int CONSOLE_FD = 5;

    /**
     * Opens the files with this JVM's rights; "$1" is the kernel, "$2" the root file system, the
     * rest is what to become.
     */
    private static final String OPEN_FILES =
            "exec "
                    + KERNEL_FD
                    + "<\"$1\" "
                    + ROOTFS_FD
                    + "<\"$2\" "
                    + CONSOLE_FD
                    + ">&2; shift 2; exec \"$@\"";

    /**
     * Between the fork and the request to die with the parent, the parent may have died: a process
     * whose parent is not "$1" goes no further.
     */
    private static final String CHECK_PARENT =
            "[ \"$PPID\" = \"$1\" ] || exit " + PARENT_GONE + "; shift; exec \"$@\"";

    private QemuCommand() {}

    /**
     * The command of one machine.
     *
     * @param user the uid and gid to run as; null to keep this JVM's
     */
    static List<String> of(
            Path kernel,
            Path rootfs,
            SandboxConfig config,
            QemuAccelerator accelerator,
            @Nullable Integer user) {
        List<String> command = new ArrayList<>();
        command.addAll(
                List.of("/bin/sh", "-c", OPEN_FILES, "sh", kernel.toString(), rootfs.toString()));
        if (user != null) {
            // Changing the user clears the death signal, so that is asked for in a second step.
            command.addAll(
                    List.of(
                            "setpriv",
                            "--reuid=" + user,
                            "--regid=" + user,
                            "--clear-groups",
                            "--inh-caps=-all",
                            "--bounding-set=-all",
                            "--no-new-privs"));
        }
        command.addAll(List.of("setpriv", "--pdeathsig", "KILL", "--no-new-privs"));
        command.addAll(
                List.of(
                        "/bin/sh",
                        "-c",
                        CHECK_PARENT,
                        "sh",
                        Long.toString(ProcessHandle.current().pid())));
        command.addAll(qemu(config, accelerator));
        return command;
    }

    private static List<String> qemu(SandboxConfig config, QemuAccelerator accelerator) {
        long mebibytes = config.memoryBytes() / (1024 * 1024);
        List<String> command =
                new ArrayList<>(
                        List.of(
                                QEMU,
                                "-nodefaults",
                                "-no-user-config",
                                "-no-reboot",
                                "-display",
                                "none",
                                "-sandbox",
                                "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"));
        command.addAll(accelerator.options());
        command.addAll(machine(config.cpus(), mebibytes, accelerator.kernelParameters()));
        return command;
    }

    private static List<String> machine(int cpus, long mebibytes, String kernelParameters) {
        return List.of(
                "-smp",
                Integer.toString(cpus),
                "-m",
                mebibytes + "M",
                "-kernel",
                "/proc/self/fd/" + KERNEL_FD,
                "-append",
                kernelParameters,
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
                "virtio-rng-device,rng=entropy");
    }
}
