package dev.microsandbox.mcp.bench.isolation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.microsandbox.mcp.bench.measure.Samples;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class IsolationReportTest {

    /** Samples of 1 ms, 2 ms, 3 ms and so on, times a factor. */
    private static Samples samples(int count, double factor) {
        return new Samples("", IntStream.rangeClosed(1, count).mapToObj(i -> i * factor).toList());
    }

    private final IsolationReport report =
            new IsolationReport(
                    List.of(
                            new IsolationReport.Row(
                                    Flood.CPU, samples(200, 1), samples(200, 2.5), 14)));

    @Test
    void aPercentileIsTheNearestRank() {
        assertThat(samples(200, 1).percentile(99)).isEqualTo(198);
        assertThat(samples(200, 1).percentile(50)).isEqualTo(100);
        assertThat(samples(3, 1).percentile(99)).isEqualTo(3);
        assertThat(samples(1, 1).percentile(1)).isEqualTo(1);
    }

    @Test
    void theTableHasBothTimesAndTheirRatio() {
        assertThat(report.table().lines().toList().get(1).strip().split("\\s+"))
                .containsExactly("cpu", "200", "100", "250", "198", "495", "2.5", "2.5", "14");
    }

    @Test
    void programsGetTheSame() {
        JsonNode row = JsonMapper.shared().readTree(report.json()).get("rows").get(0);
        assertThat(row.get("flood").asString()).isEqualTo("cpu");
        assertThat(row.get("alone").get("p99").asDouble()).isEqualTo(198);
        assertThat(row.get("beside").get("calls").asInt()).isEqualTo(200);
        assertThat(row.get("p99_ratio").asDouble()).isEqualTo(2.5, within(1e-9));
    }

    @Test
    void floodsAreNamed() {
        assertThat(Flood.parse("cpu, mixed"))
                .hasValueSatisfying(
                        floods -> assertThat(floods).containsExactly(Flood.CPU, Flood.MIXED));
        assertThat(Flood.parse("cpu,none")).isEmpty();
    }

    @Test
    void aMixedFloodHasAllKinds() {
        assertThat(IntStream.range(0, 7).mapToObj(Flood.MIXED::ofSession))
                .contains(Flood.OUTPUT, Flood.CPU, Flood.CALLS, Flood.READER, Flood.HANG)
                .allSatisfy(flood -> assertThat(flood.arguments()).isNotEmpty());
    }
}
