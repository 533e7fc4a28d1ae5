package dev.microsandbox.vmm.image.build;

import java.io.IOException;

/** Something that works with files and may wait. */
@FunctionalInterface
public interface FileWork<T> {
    T run() throws IOException, InterruptedException;
}
