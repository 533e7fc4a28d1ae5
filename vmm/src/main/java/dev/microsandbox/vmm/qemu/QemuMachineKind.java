package dev.microsandbox.vmm.qemu;

import dev.microsandbox.vmm.Isolation;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxException;
import dev.microsandbox.vmm.launch.Confinement;
import dev.microsandbox.vmm.machine.GuestFiles;
import dev.microsandbox.vmm.machine.MachineKind;
import dev.microsandbox.vmm.machine.MachineTemplate;
import dev.microsandbox.vmm.machine.RestorableMachine;
import dev.microsandbox.vmm.machine.TemplateMachine;
import java.io.IOException;
import java.nio.file.Path;

/**
 * QEMU's microvm machine, with software emulation except in benchmarks. An open template is in this
 * host's memory. Its clones share that memory copy-on-write.
 *
 * @param accelerator that QEMU uses
 * @param description see {@link #description()}
 * @param confinement how QEMU is confined
 */
public record QemuMachineKind(
        QemuAccelerator accelerator, String description, Confinement confinement)
        implements MachineKind {

    /** Machines with software emulation. */
    public QemuMachineKind(String description) {
        this(QemuAccelerator.TCG, description, Confinement.DEFAULT);
    }

    @Override
    public String name() {
        return accelerator.machineName();
    }

    @Override
    public Isolation isolation() {
        return accelerator.isolation();
    }

    @Override
    public RestorableMachine boot(String name, GuestFiles files, SandboxConfig config)
            throws InterruptedException {
        return QemuMachine.start(name, files, config, this);
    }

    @Override
    public boolean isCheckpoint(Path directory) {
        return QemuCheckpoint.isAt(directory);
    }

    @Override
    public RestorableMachine resume(
            String name, Path checkpoint, GuestFiles files, SandboxConfig config)
            throws InterruptedException {
        return QemuMachine.resume(name, checkpoint, files, config, this);
    }

    @Override
    public TemplateMachine bootForTemplate(String name, GuestFiles files, SandboxConfig config)
            throws InterruptedException {
        return QemuTemplateMachine.start(name, files, config, this);
    }

    @Override
    public MachineTemplate openTemplate(Path directory, GuestFiles files)
            throws IOException, InterruptedException {
        try {
            return QemuTemplate.open(directory, files, this);
        } catch (SandboxException e) {
            throw new IOException(e.getMessage(), e);
        }
    }
}
