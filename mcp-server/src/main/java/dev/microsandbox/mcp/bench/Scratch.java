package dev.microsandbox.mcp.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A temporary directory, which is removed with all that is in it, also when the JVM is told to end.
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

    /** Removes a tree; nothing if there is none. */
    static void delete(Path tree) throws IOException {
        if (!Files.exists(tree)) {
            return;
        }
        List<Path> paths;
        try (Stream<Path> found = Files.walk(tree)) {
            paths = found.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : paths) {
            Files.deleteIfExists(path);
        }
    }

    private void remove() {
        try {
            delete(directory);
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
