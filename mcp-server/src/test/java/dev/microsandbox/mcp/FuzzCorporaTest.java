package dev.microsandbox.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Checks that every corpus has a fuzz test. A corpus is found only by its path, so one that a
 * rename leaves behind would never be replayed.
 */
class FuzzCorporaTest {

    private static final Pattern FUZZ_TEST = Pattern.compile("@FuzzTest\\s+void (\\w+)\\(");

    @ParameterizedTest
    @ValueSource(strings = {"../vmm", "../mcp-server"})
    void everyFuzzTestHasACorpusAndEveryCorpusATest(String module) throws IOException {
        Path tests = Path.of(module, "src/test/java");
        Path resources = Path.of(module, "src/test/resources");
        Set<String> wanted = new TreeSet<>();
        try (Stream<Path> sources = Files.walk(tests)) {
            for (Path source : sources.filter(path -> path.toString().endsWith(".java")).toList()) {
                String inputs = tests.relativize(source).toString().replace(".java", "Inputs/");
                Matcher test = FUZZ_TEST.matcher(Files.readString(source));
                while (test.find()) {
                    wanted.add(inputs + test.group(1));
                }
            }
        }
        assertThat(wanted).isNotEmpty();
        assertThat(corpora(resources)).isEqualTo(wanted);
    }

    private static Set<String> corpora(Path resources) throws IOException {
        Set<String> corpora = new TreeSet<>();
        try (Stream<Path> files = Files.walk(resources)) {
            files.filter(Files::isRegularFile)
                    .map(file -> resources.relativize(file.getParent()).toString())
                    .filter(directory -> directory.matches(".*Inputs/\\w+"))
                    .forEach(corpora::add);
        }
        return corpora;
    }
}
