package dev.microsandbox.mcp.server;

import dev.microsandbox.mcp.config.ServerConfig;
import dev.microsandbox.vmm.SandboxFactory;
import java.io.IOException;
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
     *
     * @param log receives a line that says how it is confined
     */
    default SandboxFactory confinedFactory(
            ServerConfig config, Consumer<String> progress, Consumer<String> log) {
        return factory(config, progress);
    }

    /** The machines of a worker, which builds neither images nor templates. */
    default WorkerMachines workerMachines(ServerConfig config, Consumer<String> log) {
        return new WorkerMachines(factory(config, log), () -> {});
    }

    /**
     * Denies this process for good what a server denies itself, to find out whether it can be. With
     * machines that are not real, it does nothing.
     *
     * @throws IOException if the kernel refuses
     */
    default void confineThisProcess() throws IOException {
        // Only real machines are worth it.
    }
}
