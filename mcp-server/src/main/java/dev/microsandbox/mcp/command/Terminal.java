package dev.microsandbox.mcp.command;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Where a command reads and writes.
 *
 * @param in standard input, unbuffered
 * @param out standard output, unbuffered: results, and nothing else
 * @param err messages for people
 * @param isInputTyped whether a person types at {@code in}
 */
public record Terminal(
        InputStream in,
        OutputStream out,
        PrintStream err,
        Map<String, String> environment,
        boolean isInputTyped) {

    /** This process's own. */
    public static Terminal ofProcess() {
        return new Terminal(
                new FileInputStream(FileDescriptor.in),
                new FileOutputStream(FileDescriptor.out),
                System.err,
                System.getenv(),
                isTerminal(Path.of("/proc/self/fd/0")));
    }

    /** {@code System.console()} would ask for standard output to be a terminal as well. */
    private static boolean isTerminal(Path descriptor) {
        try {
            String target = Files.readSymbolicLink(descriptor).toString();
            return target.startsWith("/dev/pts/")
                    || target.startsWith("/dev/tty")
                    || target.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }

    /** Writes a text to standard output. */
    public void print(String text) {
        try {
            out.write(text.getBytes(StandardCharsets.UTF_8));
            out.flush();
        } catch (IOException e) {
            throw new CommandException("standard output cannot be written: " + e.getMessage());
        }
    }

    /** Tells a person something. */
    public void say(String message) {
        err.println("msb: " + message);
    }
}
