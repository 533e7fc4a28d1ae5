package dev.microsandbox.vmm.qemu;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.cgroup.GroupLimits;
import dev.microsandbox.vmm.machine.GuestMachine;
import dev.microsandbox.vmm.machine.Slot;
import dev.microsandbox.vmm.storage.Sha256;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * QEMU's options for a machine with a read-only disk, the agent's port, a console that this process
 * reads, and an entropy source, but no other device. QEMU gets its files as descriptors, which are
 * open before it is executed.
 */
final class QemuOptions {

    static final int KERNEL_FD = 3;
    static final int ROOTFS_FD = 4;
    static final int CONSOLE_FD = 5;
    static final int MEMORY_FD = 6;
    static final int STATE_FD = 7;
    static final int MONITOR_FD = 8;

    private static final List<String> CONFINED =
            List.of(
                    "-nodefaults",
                    "-no-user-config",
                    "-no-reboot",
                    "-display",
                    "none",
                    "-sandbox",
                    "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");

    /**
     * The number of virtio-mmio transports of QEMU's machine. By itself, QEMU assigns devices from
     * the last transport down.
     */
    private static final int TRANSPORTS = 8;

    private static final long FIRST_TRANSPORT = 0xfeb0_0000L;
    private static final int TRANSPORT_BYTES = 512;
    private static final int FIRST_TRANSPORT_LINE = 5;

    /** The slots without a device. QEMU lists the others on the kernel command line. */
    private static final List<Slot> EMPTY = List.of(Slot.TOOLS, Slot.WORKSPACE, Slot.NETWORK);

    private static final Pattern NOT_IN_A_STATE =
            Pattern.compile(",(bus|serial)=[^,\0]*|,svm=off| virtio_mmio\\.device=[^ \0]*");

    /**
     * The memory of QEMU itself beside the guest's RAM, in bytes: 128 MiB of translated code, its
     * libraries and buffers, and some page cache of the files that it reads.
     */
    private static final long OWN_MEMORY = 384L << 20;

    /** QEMU's main loop and its helpers may keep one processor busy beside the vCPUs. */
    private static final int OWN_PROCESSORS = 1;

    /** QEMU's block layer alone may start 64 threads. */
    private static final int TASKS = 256;

    private QemuOptions() {}

    /** Options of a machine that boots. */
    static List<String> boot(SandboxConfig config, QemuAccelerator accelerator) {
        return join(CONFINED, machine(config, accelerator), kernel(accelerator));
    }

    /**
     * Options of a machine that boots and can be saved as a template: its RAM is a file.
     *
     * @param monitor its monitor's address
     */
    static List<String> savable(SandboxConfig config, QemuAccelerator accelerator, String monitor) {
        return join(
                CONFINED,
                machine(config, accelerator),
                kernel(accelerator),
                ramOfFile(config, true),
                monitor(monitor));
    }

    /**
     * Options of a machine that boots and can be saved together with its RAM.
     *
     * @param monitor its monitor's address
     */
    static List<String> restorable(
            SandboxConfig config, QemuAccelerator accelerator, String monitor) {
        return join(
                CONFINED,
                machine(config, accelerator),
                kernel(accelerator),
                ram(config),
                monitor(monitor));
    }

    /**
     * Options of a machine that waits for a state that was saved together with the RAM.
     *
     * @param monitor its monitor's address
     */
    static List<String> restored(
            SandboxConfig config, QemuAccelerator accelerator, String monitor) {
        return join(
                CONFINED,
                machine(config, accelerator),
                ram(config),
                monitor(monitor),
                List.of("-incoming", "defer"));
    }

    /**
     * Options of a machine that waits for the state of a machine whose RAM is a file. It has no
     * kernel option, because the kernel is in its RAM already.
     *
     * @param monitor its monitor's address
     */
    static List<String> clone(SandboxConfig config, QemuAccelerator accelerator, String monitor) {
        return join(
                CONFINED,
                machine(config, accelerator),
                ramOfFile(config, false),
                monitor(monitor),
                List.of("-incoming", "defer"));
    }

    /**
     * A hash of the options that a saved machine and its successor must have in common: a state
     * fits a machine with the same hash. The hash does not cover the devices' slots, which have
     * never changed, nor the disk's serial and the empty slots, which are not part of a state. Nor
     * does it cover that SVM is off: no guest of ours has used it.
     */
    static String fingerprint(SandboxConfig config, QemuAccelerator accelerator) {
        String options = String.join("\0", boot(config, accelerator));
        return Sha256.of(NOT_IN_A_STATE.matcher(options).replaceAll("").getBytes(UTF_8));
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
                        "virtio-blk-device,drive=root,serial=" + Slot.ROOT.serial() + at(Slot.ROOT),
                        "-device",
                        "virtio-serial-device,max_ports=2" + at(Slot.CONSOLE),
                        "-add-fd",
                        "fd=" + CONSOLE_FD + ",set=" + CONSOLE_FD,
                        "-chardev",
                        // append=on keeps QEMU from truncating the file, which fails for a pipe.
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
                        "virtio-rng-device,rng=entropy" + at(Slot.ENTROPY)));
    }

    /**
     * Assigns a device to its slot. QEMU lists devices on the kernel command line from the last
     * transport down, so this is the order of their slots.
     */
    private static String at(Slot slot) {
        return ",bus=virtio-mmio-bus." + transport(slot);
    }

    private static int transport(Slot slot) {
        return TRANSPORTS - 1 - slot.index();
    }

    /** The kernel parameters for the slots without a device. */
    private static String emptySlots() {
        StringBuilder parameters = new StringBuilder();
        for (Slot slot : EMPTY) {
            int transport = transport(slot);
            parameters.append(
                    " virtio_mmio.device=%d@0x%x:%d"
                            .formatted(
                                    TRANSPORT_BYTES,
                                    FIRST_TRANSPORT + (long) transport * TRANSPORT_BYTES,
                                    FIRST_TRANSPORT_LINE + transport));
        }
        return parameters.toString();
    }

    private static List<String> kernel(QemuAccelerator accelerator) {
        return List.of(
                "-kernel",
                descriptor(KERNEL_FD),
                "-append",
                accelerator.kernelParameters() + emptySlots());
    }

    /** The RAM, with the same id as RAM that is a file, so that the state of one fits the other. */
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

    /** The address of a monitor that connects to a socket. */
    static String monitorAt(Path socket) {
        // QEMU needs a comma in an option's value doubled.
        return "path=" + socket.toString().replace(",", ",,");
    }

    /** The address of a monitor whose connection QEMU inherits. */
    static String inheritedMonitor() {
        return "fd=" + MONITOR_FD;
    }

    private static List<String> monitor(String address) {
        return List.of(
                "-chardev", "socket,id=monitor," + address, "-mon", "chardev=monitor,mode=control");
    }

    /** What a QEMU with some options may take of the host. */
    static GroupLimits limits(List<String> options) {
        String mebibytes = options.get(options.indexOf("-m") + 1);
        long ram = Long.parseLong(mebibytes.substring(0, mebibytes.length() - 1)) << 20;
        int vcpus = Integer.parseInt(options.get(options.indexOf("-smp") + 1));
        return new GroupLimits(ram + OWN_MEMORY, vcpus + OWN_PROCESSORS, TASKS);
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
