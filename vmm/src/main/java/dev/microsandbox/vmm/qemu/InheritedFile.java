package dev.microsandbox.vmm.qemu;

import dev.microsandbox.vmm.linux.FileDescriptor;
import java.nio.file.Path;

/**
 * A file that QEMU finds open.
 *
 * @param number of its descriptor, one digit
 * @param access the shell's redirection that opens it
 */
record InheritedFile(int number, String access, Path path) {

    static InheritedFile readOnly(int number, Path path) {
        return new InheritedFile(number, "<", path);
    }

    /** A file in memory of this process, to be kept open until QEMU has it open. */
    static InheritedFile readWrite(int number, FileDescriptor file) {
        return new InheritedFile(number, "<>", pathOf(file));
    }

    /** A file in memory of this process, to be kept open until QEMU has it open. */
    static InheritedFile readOnly(int number, FileDescriptor file) {
        return readOnly(number, pathOf(file));
    }

    /** By which this process, and its children while they have its rights, open a file anew. */
    static Path pathOf(FileDescriptor file) {
        return Path.of(
                "/proc/" + ProcessHandle.current().pid() + "/fd", Integer.toString(file.number()));
    }
}
