package dev.microsandbox.mcp.server;

import dev.microsandbox.mcp.config.ServerConfig;
import dev.microsandbox.vmm.SandboxFactory;
import java.util.function.Consumer;

/** Creates the factory of sandboxes. Tests replace it; production uses {@link MicroVmFactory}. */
public interface Machines {

    /**
     * Creates a factory of sandboxes. This is cheap: the factory looks for and builds nothing
     * before the first start.
     *
     * @param progress receives a line for each step of a long preparation
     */
    SandboxFactory factory(ServerConfig config, Consumer<String> progress);

    /**
     * As {@link #factory}, for a process that does nothing but run sandboxes: it is confined before
     * the first one starts.
     */
    default SandboxFactory confinedFactory(ServerConfig config, Consumer<String> progress) {
        return factory(config, progress);
    }
}
