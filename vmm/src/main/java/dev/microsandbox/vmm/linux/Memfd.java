package dev.microsandbox.vmm.linux;

import java.lang.foreign.Arena;

/** Files that exist in memory only: memfd_create(2). */
public final class Memfd {

    private static final int MFD_CLOEXEC = 0x1;
    private static final int MFD_ALLOW_SEALING = 0x2;
    private static final int F_ADD_SEALS = 1033;
    private static final int F_SEAL_SEAL = 0x1;
    private static final int F_SEAL_SHRINK = 0x2;
    private static final int F_SEAL_GROW = 0x4;

    private Memfd() {}

    /**
     * A file of that size whose size cannot change any more, so that a mapping of it never faults.
     *
     * @param name is seen as "/memfd:NAME" in /proc/PID/maps
     */
    public static FileDescriptor create(String name, long size) throws LinuxException {
        int fd;
        try (Arena call = Arena.ofConfined()) {
            fd = LibC.memfdCreate(call.allocateFrom(name), MFD_CLOEXEC | MFD_ALLOW_SEALING);
        }
        if (fd < 0) {
            throw new LinuxException("memfd_create(" + name + ")", -fd);
        }
        FileDescriptor file = new FileDescriptor(fd);
        int result = LibC.ftruncate(fd, size);
        if (result < 0) {
            file.close();
            throw new LinuxException("ftruncate(fd %d, %d bytes)".formatted(fd, size), -result);
        }
        result = LibC.fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
        if (result < 0) {
            file.close();
            throw new LinuxException("fcntl(fd %d, F_ADD_SEALS)".formatted(fd), -result);
        }
        return file;
    }
}
