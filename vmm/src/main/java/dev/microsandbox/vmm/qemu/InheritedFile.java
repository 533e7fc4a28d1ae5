package dev.microsandbox.vmm.qemu;

import dev.microsandbox.vmm.linux.FileDescriptor;
import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.linux.OpenFile;
import java.nio.file.Path;

/**
 * A file that is open when QEMU starts.
 *
 * @param number of its descriptor, one digit
 * @param access the shell's redirection that opens it
 */
record InheritedFile(int number, String access, Path path) {

    static InheritedFile readOnly(int number, Path path) {
        return new InheritedFile(number, "<", path);
    }

    /** Opens the file in this process. */
    FileDescriptor open() throws LinuxException {
        return access.equals("<")
                ? OpenFile.readOnly(path).descriptor()
                : OpenFile.readWrite(path).descriptor();
    }

    /** A memory file of this process. The caller keeps it open until QEMU has opened it. */
    static InheritedFile readWrite(int number, FileDescriptor file) {
        return new InheritedFile(number, "<>", pathOf(file));
    }

    /** A memory file of this process. The caller keeps it open until QEMU has opened it. */
    static InheritedFile readOnly(int number, FileDescriptor file) {
        return readOnly(number, pathOf(file));
    }

    /**
     * The path by which this process, and a child that still has its rights, can open a file again.
     */
    static Path pathOf(FileDescriptor file) {
        return Path.of(
                "/proc/" + ProcessHandle.current().pid() + "/fd", Integer.toString(file.number()));
    }
}
