package dev.microsandbox.mcp.cli;

import dev.microsandbox.vmm.SandboxFactory;
import dev.microsandbox.vmm.host.Accelerator;
import java.nio.file.Path;
import java.util.function.Consumer;

/** The production side of the sandboxes: the one place where the program meets it. */
interface Machines {

    /**
     * What starts sandboxes. Cheap: nothing is looked for or built before the first start.
     *
     * @param accelerator what the machines run on
     * @param home where images are kept
     * @param progress hears, line by line, what a long preparation does
     */
    SandboxFactory factory(Accelerator accelerator, Path home, Consumer<String> progress);
}
