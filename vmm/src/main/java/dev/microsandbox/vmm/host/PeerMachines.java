package dev.microsandbox.vmm.host;

import dev.microsandbox.vmm.SandboxFactory;
import dev.microsandbox.vmm.agent.AgentSandbox;
import dev.microsandbox.vmm.image.GuestAssetStore;
import dev.microsandbox.vmm.image.GuestAssets;
import dev.microsandbox.vmm.image.Progress;
import dev.microsandbox.vmm.qemu.QemuAccelerator;
import dev.microsandbox.vmm.qemu.QemuMachine;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What our machines are measured against. Not for running strangers' code: see {@link #qemuOnKvm}.
 */
public final class PeerMachines {

    private PeerMachines() {}

    /**
     * The same guest on QEMU's microvm machine with KVM. The process runs as this JVM's user, since
     * another could not open /dev/kvm; the rest of its confinement is as with software emulation.
     *
     * @param kvm this host's, which must be able to run
     */
    public static SandboxFactory qemuOnKvm(
            GuestAssetStore images, Progress progress, KvmFinding kvm) {
        QemuAccelerator accelerator = QemuAccelerator.kvm(kvm.state() != KvmFinding.State.USABLE);
        AtomicLong started = new AtomicLong();
        return config -> {
            GuestAssets assets = MicroVms.assets(images, config, progress);
            String name = "peer-" + started.incrementAndGet();
            return AgentSandbox.connect(
                    name,
                    QemuMachine.start(
                            name,
                            assets.kernel(),
                            assets.rootfs(),
                            config,
                            accelerator,
                            "QEMU with KVM"),
                    config);
        };
    }
}
