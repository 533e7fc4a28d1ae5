package dev.microsandbox.vmm.host;

import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxFactory;
import dev.microsandbox.vmm.SandboxStartException;
import dev.microsandbox.vmm.agent.AgentSandbox;
import dev.microsandbox.vmm.image.GuestAssetStore;
import dev.microsandbox.vmm.image.GuestAssets;
import dev.microsandbox.vmm.image.ImageException;
import dev.microsandbox.vmm.image.Progress;
import dev.microsandbox.vmm.machine.GuestMachine;
import dev.microsandbox.vmm.qemu.QemuMachine;
import java.util.concurrent.atomic.AtomicLong;

/** Starts sandboxes from the images of a store, on the machine that this host can run. */
public final class MicroVms implements SandboxFactory {

    private static final AtomicLong STARTED = new AtomicLong();

    private final GuestAssetStore images;
    private final Progress progress;

    private MicroVms(GuestAssetStore images, Progress progress) {
        this.images = images;
        this.progress = progress;
    }

    /**
     * A factory. Cheap: images are looked for, and built, when a sandbox needs them.
     *
     * @param progress hears what a build is doing, line by line
     */
    public static SandboxFactory create(GuestAssetStore images, Progress progress) {
        return new MicroVms(images, progress);
    }

    @Override
    public Sandbox start(SandboxConfig config) throws InterruptedException {
        GuestAssets assets;
        try {
            assets = images.resolve(config.image(), progress);
        } catch (ImageException e) {
            throw new SandboxStartException(String.valueOf(e.getMessage()), e);
        }
        String name = "sandbox-" + STARTED.incrementAndGet();
        GuestMachine machine = QemuMachine.start(name, assets.kernel(), assets.rootfs(), config);
        return AgentSandbox.connect(name, machine, config);
    }
}
