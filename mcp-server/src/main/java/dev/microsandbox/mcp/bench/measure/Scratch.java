package dev.microsandbox.mcp.bench.measure;

import dev.microsandbox.vmm.storage.FileTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A temporary directory. It is removed with its contents on close, or when the JVM is told to exit.
 */
public final class Scratch implements AutoCloseable {

    private final Path directory;
    private final Thread atEnd;

    private Scratch(Path directory) {
        this.directory = directory;
        this.atEnd = new Thread(this::remove, "scratch");
    }

    public static Scratch create() throws IOException {
        Scratch scratch = new Scratch(Files.createTempDirectory("msb-bench-"));
        Runtime.getRuntime().addShutdownHook(scratch.atEnd);
        return scratch;
    }

    public Path directory() {
        return directory;
    }

    private void remove() {
        try {
            FileTree.delete(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        remove();
        Runtime.getRuntime().removeShutdownHook(atEnd);
    }
}
