package dev.microsandbox.mcp.bench.sessions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.session.FakeFactory;
import dev.microsandbox.vmm.SandboxConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Steps come from the flight recorder's events of the very sandboxes that are measured. */
@Timeout(60)
class StepsTest {

    @TempDir Path directory;

    private final FakeFactory clones = new FakeFactory();

    @AfterEach
    void nothingIsLeft() {
        assertThat(directory).isEmptyDirectory();
    }

    private List<SessionsReport.Row> rows(SessionsRow row) throws Exception {
        SessionsSetup setup =
                new SessionsSetup(
                        clones,
                        new FakeFactory(),
                        null,
                        SandboxConfig.DEFAULT,
                        "python",
                        3,
                        1,
                        1L << 50,
                        Duration.ZERO,
                        directory,
                        _ -> {});
        SessionsReport report = SessionsBench.run(setup, EnumSet.of(row), List.of());
        assertThat(report.leftOut()).isEmpty();
        return report.rows();
    }

    private static List<Double> values(List<SessionsReport.Row> rows, String name) {
        return rows.stream()
                .filter(row -> row.name().equals(name))
                .findFirst()
                .orElseThrow()
                .subjects()
                .getFirst()
                .values();
    }

    @Test
    void aClonesStepsAreThoseOfItsMachine() throws Exception {
        var _ = clones.prepare(FakeEvents::start);
        List<SessionsReport.Row> rows = rows(SessionsRow.CLONE);
        assertThat(rows.stream().map(SessionsReport.Row::name))
                .containsExactly(
                        "request to agent's first answer",
                        "request to first KVM_RUN",
                        "  finding image and template",
                        "  mapping memory",
                        "  making the VM",
                        "  memory, devices, vCPUs",
                        "  setting the state",
                        "  starting the threads",
                        "first KVM_RUN to agent's answer");
        assertThat(rows.get(1).remark()).isEqualTo("median under 3");
        // One sandbox is only looked at, and one more does not count.
        assertThat(values(rows, "  making the VM")).containsExactly(102.0, 103.0, 104.0);
        assertThat(values(rows, "  memory, devices, vCPUs")).containsExactly(202.0, 203.0, 204.0);
        assertThat(values(rows, "  setting the state")).containsExactly(302.0, 303.0, 304.0);
        for (String name :
                List.of(
                        "request to first KVM_RUN",
                        "  finding image and template",
                        "  mapping memory",
                        "  starting the threads",
                        "first KVM_RUN to agent's answer")) {
            assertThat(values(rows, name))
                    .as(name)
                    .hasSize(3)
                    .allSatisfy(millis -> assertThat(millis).isBetween(0.0, 10_000.0));
        }
    }

    @Test
    void aRestoresStepsAreThoseOfItsSandbox() throws Exception {
        var _ = clones.prepare(sandbox -> sandbox.onRestore(() -> FakeEvents.restore(sandbox)));
        List<SessionsReport.Row> rows = rows(SessionsRow.ROLLBACK);
        assertThat(rows.stream().map(SessionsReport.Row::name))
                .containsExactly(
                        "restore",
                        "  opening and checking the files",
                        "  agent's protocol to rest",
                        "  machine to rest",
                        "  putting back: memory, state",
                        "  time, names, entropy");
        // The first one does not count.
        assertThat(values(rows, "  opening and checking the files"))
                .containsExactly(101.0, 102.0, 103.0);
        assertThat(values(rows, "  agent's protocol to rest")).containsExactly(201.0, 202.0, 203.0);
        assertThat(values(rows, "  machine to rest")).containsExactly(301.0, 302.0, 303.0);
        assertThat(values(rows, "  putting back: memory, state"))
                .containsExactly(401.0, 402.0, 403.0);
        assertThat(values(rows, "  time, names, entropy")).containsExactly(501.0, 502.0, 503.0);
    }

    @Test
    void aMachineIsHeldAsLongAsItsCheckpointSays() throws Exception {
        var _ =
                clones.prepare(
                        sandbox -> {
                            var _ = sandbox.content.put("file", new byte[] {1});
                            var _ = sandbox.onceWritten(() -> FakeEvents.checkpoint(sandbox));
                        });
        List<SessionsReport.Row> rows = rows(SessionsRow.CHECKPOINT);
        assertThat(rows.stream().map(SessionsReport.Row::name).limit(4))
                .containsExactly(
                        "checkpoint of 0 MiB", "  machine held", "  on the disk", "  restore");
        List<List<Double>> held =
                rows.stream()
                        .filter(row -> row.name().equals("  machine held"))
                        .map(row -> row.subjects().getFirst().values())
                        .toList();
        // The first sandbox is only looked at.
        assertThat(held)
                .containsExactly(
                        List.of(1.0, 2.0, 3.0),
                        List.of(4.0, 5.0, 6.0),
                        List.of(7.0, 8.0, 9.0),
                        List.of(10.0, 11.0, 12.0));
    }
}
