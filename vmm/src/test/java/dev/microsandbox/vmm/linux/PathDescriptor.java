package dev.microsandbox.vmm.linux;

import java.lang.foreign.Arena;
import java.nio.file.Path;

/** Descriptors that name a file without opening it: O_PATH of open(2). */
public final class PathDescriptor {

    private static final int O_PATH = 0x20_0000;

    private PathDescriptor() {}

    public static FileDescriptor of(Path path) throws LinuxException {
        try (Arena call = Arena.ofConfined()) {
            int fd = LibC.open(call.allocateFrom(path.toString()), O_PATH, 0);
            if (fd < 0) {
                throw new LinuxException("open(" + path + ", O_PATH)", -fd);
            }
            return new FileDescriptor(fd);
        }
    }
}
