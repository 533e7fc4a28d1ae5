package dev.microsandbox.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Files and packages of all modules stay small enough to be read as a whole. */
class SourceSizeTest {

    private static final int MAX_LINES = 450;
    private static final int MAX_FILES = 30;

    private static final Path REPOSITORY = Path.of("..");
    private static final List<String> MODULES = List.of("vmm", "mcp-server");

    /** The languages that this project is written in, by the ends of their file names. */
    private static final List<String> SOURCES = List.of(".java", ".c", ".h", ".py", ".js", ".sh");

    @Test
    void noSourceFileIsLong() throws IOException {
        Map<String, Long> lines = new TreeMap<>();
        for (Path file : files("src")) {
            if (SOURCES.stream().anyMatch(file.toString()::endsWith)) {
                try (Stream<String> text = Files.lines(file)) {
                    lines.put(file.toString(), text.count());
                }
            }
        }
        assertThat(lines).isNotEmpty();
        lines.values().removeIf(count -> count <= MAX_LINES);
        assertThat(lines).as("files of more than %d lines", MAX_LINES).isEmpty();
    }

    @Test
    void noPackageHasManyFiles() throws IOException {
        Map<String, Long> sizes =
                files("src/main").stream()
                        .collect(
                                Collectors.groupingBy(
                                        file -> String.valueOf(file.getParent()),
                                        TreeMap::new,
                                        Collectors.counting()));
        assertThat(sizes).isNotEmpty();
        sizes.values().removeIf(count -> count <= MAX_FILES);
        assertThat(sizes).as("packages of more than %d files", MAX_FILES).isEmpty();
    }

    private static List<Path> files(String directory) throws IOException {
        List<Path> found = new ArrayList<>();
        for (String module : MODULES) {
            try (Stream<Path> tree = Files.walk(REPOSITORY.resolve(module).resolve(directory))) {
                tree.filter(Files::isRegularFile)
                        .filter(file -> !file.toString().contains("__pycache__"))
                        .forEach(found::add);
            }
        }
        return found;
    }
}
