package dev.microsandbox.vmm.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.behaviour.BehaviourTable.Case;
import dev.microsandbox.vmm.behaviour.BehaviourTable.Section;
import dev.microsandbox.vmm.behaviour.BehaviourTable.Tag;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class BehaviourTableTest {

    @Test
    void readsCasesStepsAndSections() {
        List<Case> cases =
                BehaviourTable.parse(
                        """
                        A comment.

                        === first
                        --- code
                        x = 1

                        y = 2
                        --- code
                        \\--- not a heading
                        --- stdout contains
                        a

                        --- no result
                        === second
                        --- alone
                        --- code
                        z<U+000D>
                        """);
        assertThat(cases).extracting(Case::name).containsExactly("first", "second");
        assertThat(cases.getFirst().steps()).hasSize(2);
        assertThat(cases.getFirst().steps().getFirst().code()).isEqualTo("x = 1\n\ny = 2");
        assertThat(cases.getFirst().steps().getLast().code()).isEqualTo("--- not a heading");
        assertThat(cases.getFirst().steps().getLast().expectations())
                .containsExactly(new Section("stdout contains", "a"), new Section("no result", ""));
        assertThat(cases.getFirst().tags()).isEmpty();
        assertThat(cases.getLast().tags()).containsExactly(Tag.ALONE);
        assertThat(cases.getLast().steps().getFirst().code()).isEqualTo("z\r");
    }

    @ParameterizedTest
    @CsvSource({
        "python.txt, 20",
        "python-notebook.txt, 20",
        "python-jupyter.txt, 20",
        "javascript.txt, 20",
        "shell.txt, 20",
        "c.txt, 10",
        "cpp.txt, 3",
        "typescript.txt, 3",
        "go.txt, 3",
        "java.txt, 3",
        "r.txt, 2",
        "ruby.txt, 3"
    })
    void theTablesAreWellFormed(String table, int cases) throws Exception {
        check(table, cases);
    }

    /** A language's table needs no line above. */
    @ParameterizedTest
    @MethodSource("tables")
    void everyTableIsWellFormed(String table) throws Exception {
        check(table, 2);
    }

    @Test
    void everyLanguageHasATable() throws Exception {
        try (Stream<Path> runners = Files.list(Path.of("src/main/guest/runners"))) {
            List<String> languages =
                    runners.filter(runner -> Files.exists(runner.resolve("manifest")))
                            .map(runner -> runner.getFileName() + ".txt")
                            .toList();
            assertThat(languages).contains("python.txt", "ruby.txt");
            assertThat(tables()).containsAll(languages);
        }
    }

    static List<String> tables() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("src/test/resources/behaviour"))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".txt"))
                    .sorted()
                    .toList();
        }
    }

    private static void check(String table, int cases) throws IOException {
        List<Case> all = BehaviourTable.read(table);
        assertThat(all).hasSizeGreaterThan(cases);
        Set<String> names = new HashSet<>();
        for (Case each : all) {
            assertThat(names.add(each.name())).as("%s is named twice", each.name()).isTrue();
            assertThat(each.steps()).as(each.name()).isNotEmpty();
            for (BehaviourTable.Step step : each.steps()) {
                for (Section section : step.expectations()) {
                    assertThat(Expectation.isKnown(section))
                            .as("%s: --- %s", each.name(), section.heading())
                            .isTrue();
                }
            }
        }
    }

    @Test
    void someCasesOfEachLanguageAreBasic() throws Exception {
        long python = basicCases("python.txt") + basicCases("python-notebook.txt");
        long javascript = basicCases("javascript.txt");
        long shell = basicCases("shell.txt");
        assertThat(List.of(python, javascript, shell)).allMatch(count -> count >= 6);
        // A minute is enough for the interpreters of one sandbox to run this many.
        assertThat(python + javascript + shell + basicCases("c.txt")).isBetween(20L, 30L);
    }

    private static long basicCases(String table) throws Exception {
        return BehaviourTable.read(table).stream()
                .filter(each -> each.tags().contains(Tag.BASIC))
                .count();
    }
}
