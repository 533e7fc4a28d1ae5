package dev.microsandbox.mcp.cli;

import dev.microsandbox.mcp.command.Terminal;
import dev.microsandbox.mcp.server.Carriers;
import dev.microsandbox.mcp.server.MicroVmFactory;

/** The {@code msb} command. */
public final class Main {

    private Main() {}

    public static void main(String[] args) {
        Carriers.choose();
        System.exit(new Program(Terminal.ofProcess(), new MicroVmFactory()).run(args));
    }
}
