package dev.microsandbox.mcp.server;

import dev.microsandbox.mcp.config.ServerConfig;
import dev.microsandbox.vmm.SandboxFactory;
import java.util.function.Consumer;

/** The production side of the sandboxes: the one place where the program meets it. */
public interface Machines {

    /**
     * What starts sandboxes. Cheap: nothing is looked for or built before the first start.
     *
     * @param progress hears, line by line, what a long preparation does
     */
    SandboxFactory factory(ServerConfig config, Consumer<String> progress);
}
