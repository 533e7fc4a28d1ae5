package dev.microsandbox.vmm.behaviour;

import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.behaviour.BehaviourTable.Tag;
import dev.microsandbox.vmm.behaviour.CaseRunner.Interpreters;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/** Runs the cases of behaviour tables in a real guest, all in one sandbox. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class BehaviourContract {

    /** Selects the cases of the tables to run. */
    protected enum Selection {
        ALL,
        /** Only the cases with the tag BASIC. */
        BASIC
    }

    private final Selection selection;
    private final List<String> tables;
    private Sandbox sandbox;

    /**
     * Runs cases of these tables.
     *
     * @param tables names of tables: a language, and optionally a hyphen and a topic
     */
    protected BehaviourContract(Selection selection, String... tables) {
        this.selection = selection;
        this.tables = List.of(tables);
    }

    /** Starts the sandbox under test. */
    protected abstract Sandbox start(SandboxConfig config) throws Exception;

    @BeforeAll
    void boot() throws Exception {
        sandbox = start(SandboxConfig.DEFAULT.withMemoryBytes(1L << 30));
    }

    @AfterAll
    void close() {
        if (sandbox != null) {
            sandbox.close();
        }
    }

    @TestFactory
    Stream<DynamicTest> cases() {
        return tables.stream().flatMap(this::casesOf);
    }

    private Stream<DynamicTest> casesOf(String table) {
        CaseRunner runner = new CaseRunner(Interpreters.of(sandbox), table.split("-", -1)[0]);
        try {
            return BehaviourTable.read(table + ".txt").stream()
                    .filter(each -> selection == Selection.ALL || each.tags().contains(Tag.BASIC))
                    .map(each -> DynamicTest.dynamicTest(each.name(), () -> runner.run(each)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
