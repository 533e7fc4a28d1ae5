package dev.microsandbox.vmm.kvmmachine;

import dev.microsandbox.vmm.Isolation;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.machine.GuestFiles;
import dev.microsandbox.vmm.machine.MachineKind;
import dev.microsandbox.vmm.machine.MachineTemplate;
import dev.microsandbox.vmm.machine.RestorableMachine;
import dev.microsandbox.vmm.machine.TemplateMachine;
import dev.microsandbox.vmm.snapshot.Snapshot;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Our own virtual machine on this host's KVM. A template is a snapshot. A machine made from it maps
 * the snapshot's files copy-on-write.
 *
 * @param kernelModeEmulated whether this host's KVM emulates the guest's kernel mode, instead of
 *     having the processor run it
 * @param description see {@link #description()}
 */
public record KvmMachineKind(boolean kernelModeEmulated, String description)
        implements MachineKind {

    @Override
    public String name() {
        return "kvm";
    }

    @Override
    public Isolation isolation() {
        return kernelModeEmulated ? Isolation.KVM_SOFTWARE : Isolation.HARDWARE;
    }

    @Override
    public RestorableMachine boot(String name, GuestFiles files, SandboxConfig config) {
        return KvmMachine.start(name, files, config, this);
    }

    @Override
    public boolean isCheckpoint(Path directory) {
        return Snapshot.isAt(directory);
    }

    @Override
    public RestorableMachine resume(
            String name, Path checkpoint, GuestFiles files, SandboxConfig config)
            throws InterruptedException {
        return KvmMachine.resume(name, checkpoint, files, config, this);
    }

    @Override
    public TemplateMachine bootForTemplate(String name, GuestFiles files, SandboxConfig config) {
        return KvmMachine.start(name, files, config, this);
    }

    @Override
    public MachineTemplate openTemplate(Path directory, GuestFiles files) throws IOException {
        Snapshot snapshot = Snapshot.open(directory, GuestRequirements.of(files));
        return (name, _) -> KvmMachine.resume(name, snapshot, files, this);
    }
}
