package dev.microsandbox.vmm.linux;

import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A pipe to or from another process: pipe(7).
 *
 * @param reading the end that is read
 * @param writing the end that is written
 */
public record Pipe(FileDescriptor reading, FileDescriptor writing) implements AutoCloseable {

    private static final int O_CLOEXEC = 0x80000;

    public static Pipe open() throws LinuxException {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment ends = call.allocate(ValueLayout.JAVA_INT, 2);
            int result = SocketCalls.pipe2(ends, O_CLOEXEC);
            if (result < 0) {
                throw new LinuxException("pipe2()", -result);
            }
            return new Pipe(
                    new FileDescriptor(ends.getAtIndex(ValueLayout.JAVA_INT, 0)),
                    new FileDescriptor(ends.getAtIndex(ValueLayout.JAVA_INT, 1)));
        }
    }

    /** A stream of the end that is read, with a descriptor of its own. */
    public InputStream input() throws IOException {
        return new FileInputStream(path(reading));
    }

    /** A stream of the end that is written, with a descriptor of its own. */
    public OutputStream output() throws IOException {
        return new FileOutputStream(path(writing));
    }

    private static String path(FileDescriptor end) {
        return "/proc/self/fd/" + end.number();
    }

    /** Closes both ends; streams stay open. */
    @Override
    public void close() {
        reading.close();
        writing.close();
    }
}
