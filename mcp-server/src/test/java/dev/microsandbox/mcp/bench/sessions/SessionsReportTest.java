package dev.microsandbox.mcp.bench.sessions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.bench.measure.Samples;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class SessionsReportTest {

    private static final SessionsReport REPORT =
            new SessionsReport(
                    "KVM: as it is",
                    List.of("A note."),
                    List.of(
                            new SessionsReport.Row(
                                    "first answer",
                                    "ms",
                                    "under 8",
                                    List.of(
                                            new Samples("clone", List.of(3.0, 1.0, 2.0)),
                                            new Samples("cold boot", List.of(400.0)))),
                            SessionsReport.Row.ours("clones", "", "", List.of(7.0))),
                    List.of(new SessionsReport.LeftOut(SessionsRow.ROLLBACK, "not here.")));

    @Test
    void theTableHasALineForEachSubject() {
        assertThat(REPORT.table().lines())
                .hasSize(7)
                .startsWith("KVM: as it is", "A note.")
                .anyMatch(
                        line ->
                                line.matches(
                                        "first answer, ms +clone +3 +2\\.00 +1\\.00 +3\\.00  under 8"))
                .anyMatch(line -> line.matches(" +cold boot +1 +400\\.00 +400\\.00 +400\\.00"))
                .anyMatch(line -> line.matches("clones +clone +1 +7\\.00 +7\\.00 +7\\.00"))
                .endsWith("rollback is left out: not here.");
    }

    @Test
    void theJsonIsOneObject() {
        Map<?, ?> json = JsonMapper.shared().readValue(REPORT.json(), Map.class);
        assertThat(json.get("bench")).isEqualTo("sessions");
        assertThat(json.get("machine")).isEqualTo("KVM: as it is");
        assertThat(json.get("notes")).isEqualTo(List.of("A note."));
        assertThat(json.get("left_out"))
                .isEqualTo(List.of(Map.of("row", "rollback", "reason", "not here.")));
        assertThat(json.get("rows"))
                .isEqualTo(
                        List.of(
                                Map.of(
                                        "name", "first answer",
                                        "unit", "ms",
                                        "remark", "under 8",
                                        "subjects",
                                                List.of(
                                                        subject("clone", 3, 2.0, 1.0, 3.0),
                                                        subject(
                                                                "cold boot",
                                                                1,
                                                                400.0,
                                                                400.0,
                                                                400.0))),
                                Map.of(
                                        "name", "clones",
                                        "unit", "",
                                        "subjects", List.of(subject("clone", 1, 7.0, 7.0, 7.0)))));
    }

    private static Map<String, Object> subject(
            String name, int runs, double median, double least, double most) {
        return Map.of("name", name, "runs", runs, "median", median, "least", least, "most", most);
    }
}
