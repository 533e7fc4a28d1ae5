package dev.microsandbox.vmm.linux;

import java.lang.foreign.Arena;

/** Creates files that exist only in memory: memfd_create(2). */
public final class Memfd {

    private static final int MFD_CLOEXEC = 0x1;
    private static final int MFD_ALLOW_SEALING = 0x2;
    private static final int F_ADD_SEALS = 1033;
    private static final int F_SEAL_SEAL = 0x1;
    private static final int F_SEAL_SHRINK = 0x2;
    private static final int F_SEAL_GROW = 0x4;
    private static final int F_SEAL_WRITE = 0x8;

    private Memfd() {}

    /**
     * Creates a file whose size cannot change, so that a mapping of it never faults.
     *
     * @param name appears as "/memfd:NAME" in /proc/PID/maps
     */
    public static FileDescriptor create(String name, long size) throws LinuxException {
        FileDescriptor file = draft(name, size);
        try {
            seal(file, F_SEAL_SHRINK | F_SEAL_GROW);
            return file;
        } catch (LinuxException e) {
            file.close();
            throw e;
        }
    }

    /**
     * Creates a file to be filled and then {@linkplain #freeze frozen}.
     *
     * @param name appears as "/memfd:NAME" in /proc/PID/maps
     */
    public static FileDescriptor draft(String name, long size) throws LinuxException {
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
        return file;
    }

    /**
     * Makes a file immutable, even for those that open it for writing. A private mapping of it can
     * still be written to. The file must not be mapped writable and shared.
     */
    public static void freeze(FileDescriptor file) throws LinuxException {
        seal(file, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
    }

    private static void seal(FileDescriptor file, int seals) throws LinuxException {
        int result = LibC.fcntl(file.number(), F_ADD_SEALS, seals | F_SEAL_SEAL);
        if (result < 0) {
            throw new LinuxException(
                    "fcntl(fd %d, F_ADD_SEALS, %#x)".formatted(file.number(), seals), -result);
        }
    }
}
