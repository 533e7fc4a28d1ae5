package dev.microsandbox.vmm.launch;

import java.nio.ByteBuffer;

/**
 * What confines QEMU on this host.
 *
 * @param ownUser whether each QEMU has a user of its own
 * @param landlock the version of the kernel's Landlock; 0 if it has none
 * @param seccomp whether system calls are filtered
 * @param namespaces whether QEMU has its own network, IPC, host name and process ids
 * @param ownRoot whether QEMU has a root with nothing but its own files
 * @param qemuFound whether the launcher has found QEMU
 * @param canBuild whether the launcher has a command that builds images
 * @param canSetNiceValues whether the launcher may raise and lower nice values
 * @param canStartWorkers whether the launcher has the command of a worker, and can keep workers
 *     from each other
 * @param workersHaveUsers whether each worker has a user of its own
 */
public record Layers(
        boolean ownUser,
        int landlock,
        boolean seccomp,
        boolean namespaces,
        boolean ownRoot,
        boolean qemuFound,
        boolean canBuild,
        boolean canSetNiceValues,
        boolean canStartWorkers,
        boolean workersHaveUsers) {

    private static final int OWN_USER = 1;
    private static final int SECCOMP = 1 << 2;
    private static final int NAMESPACES = 1 << 3;
    private static final int OWN_ROOT = 1 << 4;
    private static final int QEMU = 1 << 5;
    private static final int BUILD = 1 << 6;
    private static final int NICE = 1 << 7;
    private static final int WORKERS = 1 << 8;
    private static final int WORKER_USERS = 1 << 9;

    static Layers decode(ByteBuffer body) throws LaunchException {
        if (body.remaining() < 3 * Integer.BYTES || body.getInt() != LauncherConnection.VERSION) {
            throw new LaunchException(0, "msb-launch is of another version: build it anew");
        }
        int layers = body.getInt();
        return new Layers(
                (layers & OWN_USER) != 0,
                body.getInt(),
                (layers & SECCOMP) != 0,
                (layers & NAMESPACES) != 0,
                (layers & OWN_ROOT) != 0,
                (layers & QEMU) != 0,
                (layers & BUILD) != 0,
                (layers & NICE) != 0,
                (layers & WORKERS) != 0,
                (layers & WORKER_USERS) != 0);
    }
}
