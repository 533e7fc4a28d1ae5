package dev.microsandbox.mcp.cli;

import dev.microsandbox.mcp.config.ServerConfig;
import dev.microsandbox.vmm.host.MicroVms;
import dev.microsandbox.vmm.image.GuestAssetStore;
import dev.microsandbox.vmm.template.Templates;
import dev.microsandbox.vmm.template.WarmUp;
import java.util.List;
import java.util.function.Consumer;

/** Sandboxes as the configuration wants them. */
final class MicroVmFactory {

    private MicroVmFactory() {}

    static MicroVms of(ServerConfig config, Consumer<String> progress) {
        GuestAssetStore images = Images.of(config.home());
        return config.template().enabled()
                ? MicroVms.create(
                        images, progress::accept, config.accelerator(), templates(config, progress))
                : MicroVms.create(images, progress::accept, config.accelerator());
    }

    static Templates templates(ServerConfig config, Consumer<String> progress) {
        WarmUp warmUp =
                new WarmUp(
                        List.copyOf(config.template().languages()),
                        List.copyOf(config.template().pythonModules()));
        return new Templates(config.templates(), warmUp, progress::accept);
    }
}
