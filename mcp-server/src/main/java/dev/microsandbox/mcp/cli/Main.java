package dev.microsandbox.mcp.cli;

/** The {@code msb} command. */
public final class Main {

    private Main() {}

    public static void main(String[] args) {
        System.exit(new Program(Terminal.ofProcess(), MicroVmFactory::of).run(args));
    }
}
