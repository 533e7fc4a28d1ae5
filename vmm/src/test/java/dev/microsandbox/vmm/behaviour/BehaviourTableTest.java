package dev.microsandbox.vmm.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.behaviour.BehaviourTable.Case;
import dev.microsandbox.vmm.behaviour.BehaviourTable.Section;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
                        --- code
                        z
                        """);
        assertThat(cases).extracting(Case::name).containsExactly("first", "second");
        assertThat(cases.getFirst().steps()).hasSize(2);
        assertThat(cases.getFirst().steps().getFirst().code()).isEqualTo("x = 1\n\ny = 2");
        assertThat(cases.getFirst().steps().getLast().code()).isEqualTo("--- not a heading");
        assertThat(cases.getFirst().steps().getLast().expectations())
                .containsExactly(new Section("stdout contains", "a"), new Section("no result", ""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"python.txt", "javascript.txt", "shell.txt"})
    void theTablesAreWellFormed(String table) throws Exception {
        List<Case> cases = BehaviourTable.read(table);
        assertThat(cases).hasSizeGreaterThan(30);
        Set<String> names = new HashSet<>();
        for (Case each : cases) {
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
}
