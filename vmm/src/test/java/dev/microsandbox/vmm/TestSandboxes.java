package dev.microsandbox.vmm;

import dev.microsandbox.vmm.host.Accelerator;
import dev.microsandbox.vmm.host.KvmFinding;
import dev.microsandbox.vmm.host.MicroVms;
import dev.microsandbox.vmm.image.GuestAssetStore;
import dev.microsandbox.vmm.image.GuestAssets;
import dev.microsandbox.vmm.launch.BuiltLauncher;
import dev.microsandbox.vmm.machine.GuestFiles;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/**
 * Sandboxes for tests, from the images of this user's store, which are built there when first
 * needed.
 */
public final class TestSandboxes {

    static {
        Path _ = BuiltLauncher.use();
    }

    private TestSandboxes() {}

    /** The user's own home, where images are cached. */
    public static Path home() {
        String home = System.getenv("MICROSANDBOX_HOME");
        return home == null
                ? Path.of(System.getProperty("user.home"), ".microsandbox")
                : Path.of(home);
    }

    public static GuestAssetStore images() {
        return GuestAssetStore.open(home());
    }

    /** The files from which sandboxes of the default image boot. */
    public static GuestFiles guestFiles() throws InterruptedException {
        GuestAssets assets =
                images().resolve("default", line -> System.err.println("[images] " + line));
        return new GuestFiles(
                assets.kernel(), assets.kernelSha256(), assets.rootfs(), assets.rootfsSha256());
    }

    /** Sandboxes on QEMU's software emulation. */
    public static SandboxFactory qemu() {
        return on(Accelerator.QEMU);
    }

    /** Sandboxes on KVM; tests are skipped, by name, on a host without it. */
    public static SandboxFactory kvm() {
        KvmFinding kvm = HostSpeed.kvm();
        Assumptions.assumeTrue(kvm.canRun(), () -> "skipped: " + kvm.text());
        return on(Accelerator.KVM);
    }

    private static SandboxFactory on(Accelerator accelerator) {
        return MicroVms.create(
                images(), message -> System.err.println("[images] " + message), accelerator);
    }
}
