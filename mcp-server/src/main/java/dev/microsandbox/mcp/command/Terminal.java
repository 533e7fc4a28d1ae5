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
 * The standard streams and the environment of a command.
 *
 * @param in standard input, unbuffered
 * @param out standard output, unbuffered, for results only
 * @param err standard error, for messages to people
 * @param environment the environment variables
 * @param isInputTyped whether {@code in} is a terminal
 */
public record Terminal(
        InputStream in,
        OutputStream out,
        PrintStream err,
        Map<String, String> environment,
        boolean isInputTyped) {

    /** The streams and the environment of this process. */
    public static Terminal ofProcess() {
        return new Terminal(
                new FileInputStream(FileDescriptor.in),
                new FileOutputStream(FileDescriptor.out),
                System.err,
                System.getenv(),
                isTerminal(Path.of("/proc/self/fd/0")));
    }

    /** {@code System.console()} would require standard output to be a terminal as well. */
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

    /** Prints a message for people to standard error. */
    public void say(String message) {
        err.println("msb: " + message);
    }
}
