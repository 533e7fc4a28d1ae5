package dev.microsandbox.vmm.cgroup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The files by which the kernel is told about groups. */
final class GroupFile {

    private GroupFile() {}

    /** Writes a value in one system call. The file must exist. */
    static void write(Path file, String value) throws IOException {
        Files.writeString(file, value, StandardOpenOption.WRITE);
    }

    /** Its words. */
    static String[] words(Path file) throws IOException {
        return Files.readString(file).strip().split("\\s+");
    }
}
