package dev.microsandbox.vmm.image;

import java.io.IOException;

/** Something that works with files and may wait. */
@FunctionalInterface
interface FileWork<T> {
    T run() throws IOException, InterruptedException;
}
