package dev.microsandbox.mcp.bench.sessions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.microsandbox.mcp.bench.measure.Samples;
import dev.microsandbox.mcp.session.FakeFactory;
import dev.microsandbox.mcp.session.FakeSandbox;
import dev.microsandbox.vmm.RunResult;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SessionsBenchTest {

    private static final List<String> NO_NOTES = List.of();

    @TempDir Path directory;

    private final FakeFactory clones = new FakeFactory();
    private final FakeFactory boots = new FakeFactory();
    private final FakeFactory qemu = new FakeFactory();

    @AfterEach
    void allAreClosed() {
        assertThat(clones.started).allMatch(FakeSandbox::isClosed);
        assertThat(boots.started).allMatch(FakeSandbox::isClosed);
        assertThat(qemu.started).allMatch(FakeSandbox::isClosed);
        assertThat(directory).isEmptyDirectory();
    }

    private SessionsSetup setup(@Nullable SandboxFactory peer) {
        return new SessionsSetup(
                clones,
                boots,
                peer,
                SandboxConfig.DEFAULT,
                "python",
                4,
                2,
                1L << 50,
                Duration.ZERO,
                directory,
                _ -> {});
    }

    private SessionsReport run(
            @Nullable SandboxFactory peer, SessionsRow first, SessionsRow... more)
            throws Exception {
        return SessionsBench.run(setup(peer), EnumSet.of(first, more), NO_NOTES);
    }

    private static List<String> names(SessionsReport report) {
        return report.rows().stream().map(SessionsReport.Row::name).toList();
    }

    @Test
    void firstAnswersAreThoseOfAllSubjects() throws Exception {
        SessionsReport report = run(qemu, SessionsRow.FIRST_ANSWER);
        assertThat(report.machine()).isEqualTo("an imitation");
        assertThat(report.rows().getFirst().subjects())
                .extracting(Samples::subject, samples -> samples.values().size())
                .containsExactly(tuple("clone", 4), tuple("QEMU clone", 4), tuple("cold boot", 2));
        // One sandbox that is only inspected, and one warm-up.
        assertThat(clones.started).hasSize(6);
        assertThat(boots.started).hasSize(2);
    }

    @Test
    void withoutAPeerThereAreTheOtherSubjects() throws Exception {
        SessionsReport report = run(null, SessionsRow.FIRST_ANSWER, SessionsRow.RATE);
        assertThat(report.rows().getFirst().subjects())
                .extracting(Samples::subject)
                .containsExactly("clone", "cold boot");
        assertThat(report.rows().getLast().subjects())
                .extracting(Samples::subject)
                .containsExactly("clone");
        assertThat(clones.started).hasSize(6 + 64);
    }

    @Test
    void stepsThatAMachineHasNotGotAreNoRows() throws Exception {
        SessionsReport report =
                run(null, SessionsRow.CLONE, SessionsRow.ROLLBACK, SessionsRow.CHECKPOINT);
        assertThat(names(report))
                .startsWith("request to agent's first answer", "restore", "checkpoint of 0 MiB")
                .doesNotContain("request to first KVM_RUN", "  machine held");
        assertThat(report.leftOut()).isEmpty();
    }

    @Test
    void whatCannotBeSavedIsLeftOutWithTheReason() throws Exception {
        var _ = clones.prepare(FakeSandbox::unsavable);
        SessionsReport report =
                run(null, SessionsRow.CLONE, SessionsRow.ROLLBACK, SessionsRow.CHECKPOINT);
        assertThat(report.rows()).hasSize(1);
        assertThat(report.leftOut())
                .containsExactly(
                        new SessionsReport.LeftOut(
                                SessionsRow.ROLLBACK, "This kind of sandbox cannot be saved."),
                        new SessionsReport.LeftOut(
                                SessionsRow.CHECKPOINT, "This kind of sandbox cannot be saved."));
    }

    @Test
    void idleSandboxesAreMadeUntilOneIsRefused() throws Exception {
        var _ =
                clones.prepare(
                        _ -> {
                            if (clones.started.size() == 5) {
                                clones.failWith("No descriptors are left.\nOr so.");
                            }
                        });
        SessionsReport.Row row = run(null, SessionsRow.IDLE).rows().getFirst();
        // One of the six was only inspected.
        assertThat(row.subjects().getFirst().values()).containsExactly(5.0);
        assertThat(row.remark()).isEqualTo("No descriptors are left.");
    }

    @Test
    void sandboxesThatDieAreNoneThatFit() throws Exception {
        var _ =
                clones.prepare(
                        sandbox -> {
                            if (clones.started.size() == 3) {
                                clones.failWith("No more.");
                            } else if (clones.started.size() == 2) {
                                // Not counting the one that is only inspected.
                                sandbox.die();
                            }
                        });
        assertThat(run(null, SessionsRow.IDLE).leftOut())
                .containsExactly(
                        new SessionsReport.LeftOut(SessionsRow.IDLE, "1 of 3 clones have died"));
    }

    @Test
    void codeThatDoesNotRunIsNoAnswer() throws Exception {
        var _ =
                clones.prepare(
                        sandbox ->
                                sandbox.onRun(
                                        (_, _) ->
                                                new RunResult(
                                                        FakeSandbox.running(),
                                                        RunResult.Outcome.ERROR,
                                                        RunResult.State.KEPT,
                                                        RunResult.Interpreter.SAME,
                                                        "",
                                                        "",
                                                        0)));
        assertThat(run(null, SessionsRow.FIRST_ANSWER).leftOut())
                .containsExactly(
                        new SessionsReport.LeftOut(
                                SessionsRow.FIRST_ANSWER, "code did not run: ERROR"));
    }
}
