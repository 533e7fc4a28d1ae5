package dev.microsandbox.mcp.cli;

import dev.microsandbox.vmm.host.MicroVms;

/** The {@code msb} command. */
public final class Main {

    private Main() {}

    public static void main(String[] args) {
        Machines machines =
                (accelerator, home, progress) ->
                        MicroVms.create(Images.of(home), progress::accept, accelerator);
        System.exit(new Program(Terminal.ofProcess(), machines).run(args));
    }
}
