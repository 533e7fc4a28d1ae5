package dev.microsandbox.vmm.template;

import dev.microsandbox.vmm.Isolation;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.image.GuestAssets;
import dev.microsandbox.vmm.kvmmachine.KvmGuest;
import dev.microsandbox.vmm.kvmmachine.KvmMachine;
import dev.microsandbox.vmm.machine.GuestMachine;
import dev.microsandbox.vmm.machine.RestorableMachine;
import dev.microsandbox.vmm.snapshot.Snapshot;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Templates of machines on KVM. A clone's memory is the template's file, of which it has a page of
 * its own where it has written.
 *
 * @param isolation what this host's KVM gives
 * @param description what the machines say of themselves
 */
public record KvmTemplates(Isolation isolation, String description) implements TemplateKind {

    @Override
    public String name() {
        return "kvm";
    }

    @Override
    public Savable boot(String name, GuestAssets assets, SandboxConfig config) {
        KvmMachine machine = KvmMachine.start(name, guest(assets), config, isolation, description);
        return new Savable() {
            @Override
            public GuestMachine machine() {
                return machine;
            }

            @Override
            public void save(Path directory) throws InterruptedException {
                try (RestorableMachine.Saving saving = machine.beginSaving(directory)) {
                    saving.take();
                    long _ = saving.finish();
                }
            }
        };
    }

    @Override
    public OpenTemplate open(Path directory, GuestAssets assets) throws IOException {
        KvmGuest guest = guest(assets);
        Snapshot snapshot = Snapshot.open(directory, guest.requirements());
        return (name, config) -> KvmMachine.resume(name, snapshot, guest, isolation, description);
    }

    /** What a machine on KVM boots. */
    public static KvmGuest guest(GuestAssets assets) {
        return new KvmGuest(
                assets.kernel(), assets.kernelSha256(), assets.rootfs(), assets.rootfsSha256());
    }
}
