package dev.microsandbox.vmm.confine;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The rules of landlock(7) that msb-launch gives a server. The kernel does not say whether a
 * process has any, so this tries.
 */
public final class FileRules {

    private FileRules() {}

    /**
     * Whether they are on: they allow nobody to list the root directory, which else anybody may.
     */
    public static boolean areOn() {
        try (DirectoryStream<Path> _ = Files.newDirectoryStream(Path.of("/"))) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }
}
