package dev.microsandbox.mcp.bench.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.bench.measure.Samples;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class VmmReportTest {

    private static final VmmReport REPORT =
            new VmmReport(
                    "KVM: as it is",
                    List.of(
                            new VmmReport.Row(
                                    "start",
                                    "s",
                                    false,
                                    new Samples("ours", List.of(3.0, 1.0, 2.0)),
                                    new Samples("qemu", List.of(4.0))),
                            new VmmReport.Row(
                                    "read",
                                    "MiB/s",
                                    true,
                                    new Samples("ours", List.of(50.0, 150.0)),
                                    new Samples("qemu", List.of(200.0)))));

    @Test
    void aRatioAboveOneMeansThatOursIsWorse() {
        assertThat(REPORT.rows()).extracting(VmmReport.Row::ratio).containsExactly(0.5, 2.0);
    }

    @Test
    void theTableHasARowEach() {
        assertThat(REPORT.table().lines())
                .hasSize(5)
                .anyMatch(line -> line.matches("start, s +2\\.00 +4\\.00 +0\\.50 .*"))
                .anyMatch(line -> line.matches("read, MiB/s +100\\.00 +200\\.00 +2\\.00 .*"));
    }

    @Test
    void theJsonIsOneObject() {
        Map<?, ?> json = JsonMapper.shared().readValue(REPORT.json(), Map.class);
        assertThat(json.get("bench")).isEqualTo("vmm");
        assertThat((List<?>) json.get("rows"))
                .first()
                .satisfies(row -> assertThat(((Map<?, ?>) row).get("ratio")).isEqualTo(0.5));
    }
}
