package dev.microsandbox.vmm;

import dev.microsandbox.vmm.host.MicroVms;
import dev.microsandbox.vmm.image.GuestAssetStore;
import java.nio.file.Path;

/** Sandboxes for tests, from the images of this user's store, built there on first need. */
public final class TestSandboxes {

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

    /** Sandboxes on QEMU. */
    public static SandboxFactory qemu() {
        return MicroVms.create(images(), message -> System.err.println("[images] " + message));
    }
}
