package dev.microsandbox.vmm.template;

import dev.microsandbox.vmm.Isolation;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxException;
import dev.microsandbox.vmm.image.GuestAssets;
import dev.microsandbox.vmm.machine.GuestMachine;
import dev.microsandbox.vmm.qemu.QemuAccelerator;
import dev.microsandbox.vmm.qemu.QemuGuest;
import dev.microsandbox.vmm.qemu.QemuTemplate;
import dev.microsandbox.vmm.qemu.QemuTemplateMachine;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Templates of machines in QEMU, which is its software emulation for all but benchmarks. An open
 * one is in this host's memory; clones share it, and have pages of their own where they have
 * written.
 *
 * @param accelerator that QEMU uses
 * @param description what the machines say of themselves
 */
public record QemuTemplates(QemuAccelerator accelerator, String description)
        implements TemplateKind {

    /** In software emulation. */
    public QemuTemplates(String description) {
        this(QemuAccelerator.TCG, description);
    }

    @Override
    public String name() {
        return accelerator.isolation() == Isolation.EMULATION ? "qemu" : "qemu-kvm";
    }

    @Override
    public Savable boot(String name, GuestAssets assets, SandboxConfig config)
            throws InterruptedException {
        QemuTemplateMachine machine =
                QemuTemplateMachine.start(name, guest(assets), config, accelerator, description);
        return new Savable() {
            @Override
            public GuestMachine machine() {
                return machine;
            }

            @Override
            public void save(Path directory) throws InterruptedException {
                machine.save(directory);
            }
        };
    }

    @Override
    public OpenTemplate open(Path directory, GuestAssets assets)
            throws IOException, InterruptedException {
        QemuTemplate template;
        try {
            template = QemuTemplate.open(directory, guest(assets), accelerator);
        } catch (SandboxException e) {
            throw new IOException(e.getMessage(), e);
        }
        return (name, config) -> template.start(name, config, description);
    }

    /** What a machine in software emulation boots. */
    public static QemuGuest guest(GuestAssets assets) {
        return new QemuGuest(
                assets.kernel(), assets.kernelSha256(), assets.rootfs(), assets.rootfsSha256());
    }
}
