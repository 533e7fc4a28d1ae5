package dev.microsandbox.mcp.command;

import dev.microsandbox.mcp.text.VisibleOutput;
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
 * @param out standard output, unbuffered, for results only. Control characters do not reach a
 *     terminal
 * @param err standard error, for messages to people. As {@code out}
 * @param environment the environment variables
 * @param isInputTyped whether {@code in} is a terminal
 */
public record Terminal(
        InputStream in,
        OutputStream out,
        PrintStream err,
        Map<String, String> environment,
        boolean isInputTyped) {

    private static final String DESCRIPTORS = "/proc/self/fd/";

    /** Linux, stat(2): the bits of a file's type, and the type of a character device. */
    private static final int FILE_TYPE = 0170000;

    private static final int CHARACTER_DEVICE = 0020000;

    /** Linux: the major number of /dev/null and its like. */
    private static final long MEMORY = 1;

    /** The streams and the environment of this process. */
    public static Terminal ofProcess() {
        return new Terminal(
                new FileInputStream(FileDescriptor.in),
                visible(new FileOutputStream(FileDescriptor.out), "1"),
                isDevice(Path.of(DESCRIPTORS + "2"))
                        ? new PrintStream(
                                visible(new FileOutputStream(FileDescriptor.err), "2"),
                                true,
                                StandardCharsets.UTF_8)
                        : System.err,
                System.getenv(),
                isTerminal(Path.of(DESCRIPTORS + "0")));
    }

    /**
     * Output as it is for a file or a pipe. What a sandbox writes must not act on a terminal, where
     * it could also pass for the program's own words.
     */
    private static OutputStream visible(OutputStream out, String descriptor) {
        return isDevice(Path.of(DESCRIPTORS + descriptor)) ? new VisibleOutput(out) : out;
    }

    /**
     * Whether a descriptor is a character device other than those of memory, such as /dev/null. A
     * terminal is one, whatever it is called and wherever it is mounted.
     */
    static boolean isDevice(Path descriptor) {
        try {
            int mode = (int) Files.getAttribute(descriptor, "unix:mode");
            long device = (long) Files.getAttribute(descriptor, "unix:rdev");
            // Linux: the major number is in bits 8 to 19 and 32 to 43.
            long major = (device >> 8 & 0xFFF) | (device >> 32 & ~0xFFF);
            return (mode & FILE_TYPE) == CHARACTER_DEVICE && major != MEMORY;
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            // Nothing is known of it, so it may be one.
            return true;
        }
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
