package dev.microsandbox.vmm.qemu;

import dev.microsandbox.vmm.SandboxStartException;
import dev.microsandbox.vmm.launch.Confinement;
import dev.microsandbox.vmm.launch.LaunchException;
import dev.microsandbox.vmm.launch.LaunchedProcess;
import dev.microsandbox.vmm.launch.Launcher;
import dev.microsandbox.vmm.linux.Errno;
import dev.microsandbox.vmm.linux.FileDescriptor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Starts QEMU by the launcher, which confines it. */
final class ConfinedLaunch {

    private ConfinedLaunch() {}

    /**
     * The launcher of this process.
     *
     * @return nothing if there is none
     * @throws SandboxStartException if it does not work
     */
    static Optional<Launcher> launcher(Confinement confinement) throws InterruptedException {
        try {
            return Launcher.find(confinement);
        } catch (IOException e) {
            throw new SandboxStartException(
                    "The program that confines QEMU does not work: " + e.getMessage(), e);
        }
    }

    /**
     * Starts a process, which ends with the launcher and with this JVM.
     *
     * @param connections descriptors of this process's, which the caller closes
     */
    static Process start(
            Launcher launcher,
            List<InheritedFile> files,
            List<Launcher.OpenFor> connections,
            List<String> options,
            QemuAccelerator accelerator)
            throws InterruptedException {
        List<Launcher.OpenFor> open = new ArrayList<>(connections);
        List<FileDescriptor> ours = new ArrayList<>();
        try {
            for (InheritedFile file : files) {
                FileDescriptor descriptor = file.open();
                ours.add(descriptor);
                open.add(new Launcher.OpenFor(file.number(), descriptor));
            }
            LaunchedProcess process =
                    launcher.startQemu(
                            options, open, List.of(QemuOptions.CONSOLE_FD), accelerator.usesKvm());
            if (launcher.layers().canSetNiceValues()) {
                ProcessorShares.watch(process);
            }
            return process;
        } catch (LaunchException e) {
            throw new SandboxStartException(refusal(e), e);
        } catch (IOException e) {
            throw new SandboxStartException("QEMU could not be started: " + e.getMessage(), e);
        } finally {
            ours.forEach(FileDescriptor::close);
        }
    }

    private static String refusal(LaunchException e) {
        return switch (e.errno()) {
            case Errno.ENOENT ->
                    "Sandboxes need "
                            + QemuCommand.QEMU
                            + ", which is not installed. Debian: apt-get install qemu-system-x86";
            case Errno.EOPNOTSUPP ->
                    "QEMU is not started: this kernel has nothing that confines it ('msb doctor' says what is missing). Where you accept that, set qemu.unconfined: true.";
            case Errno.EAGAIN ->
                    "QEMU is not started: all its users (qemu.uids) are in use, or there are too many processes.";
            case Errno.EROFS ->
                    "QEMU has no user of its own: there is no directory for the locks of users that belongs to this user alone, neither /run/microsandbox nor the home.";
            default -> "QEMU could not be started: " + e.getMessage();
        };
    }
}
