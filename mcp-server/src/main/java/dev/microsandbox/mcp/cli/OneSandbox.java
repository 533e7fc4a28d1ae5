package dev.microsandbox.mcp.cli;

import dev.microsandbox.mcp.command.Terminal;
import dev.microsandbox.mcp.config.ServerConfig;
import dev.microsandbox.mcp.server.Machines;
import dev.microsandbox.vmm.Sandbox;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sandbox of a single command. It is closed when the command ends or the program is told to
 * stop.
 */
final class OneSandbox implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(OneSandbox.class);

    private final Sandbox sandbox;

    private OneSandbox(Sandbox sandbox) {
        this.sandbox = sandbox;
    }

    static OneSandbox start(ServerConfig config, Machines machines, Terminal terminal)
            throws InterruptedException {
        Sandbox sandbox =
                machines.confinedFactory(config, terminal::say, log::debug).start(config.sandbox());
        Runtime.getRuntime().addShutdownHook(new Thread(sandbox::close, "stop"));
        return new OneSandbox(sandbox);
    }

    Sandbox get() {
        return sandbox;
    }

    @Override
    public void close() {
        sandbox.close();
    }
}
