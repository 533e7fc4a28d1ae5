package dev.microsandbox.vmm.image.build;

import java.io.IOException;

/** Work on files that may fail and may wait. */
@FunctionalInterface
public interface FileWork<T> {
    T run() throws IOException, InterruptedException;
}
