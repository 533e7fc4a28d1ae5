package dev.microsandbox.vmm.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What events of sandboxes cost while nobody records, in a process of its own. */
@Timeout(120)
class EventCostTest {

    /** A hundred times what it takes: only a clock or a lock too many is found. */
    private static final double MOST_NANOS = 2_000;

    private static final Pattern NOT_RECORDED = Pattern.compile("not recorded: ([0-9.]+) ns");

    @Test
    void anEventThatNobodyRecordsCostsNextToNothing() throws Exception {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                // As the program runs: mcp-server/src/main/launcher/jvm.options.
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty("java.class.path"),
                                EventCost.class.getName())
                        .redirectErrorStream(true)
                        .start();
        List<String> lines = process.inputReader().lines().toList();
        assertThat(process.waitFor()).as("%s", lines).isZero();
        System.err.println("a checkpoint's event: " + lines);
        assertThat(lines).contains("recorder started: false");
        Matcher cost = NOT_RECORDED.matcher(String.join("\n", lines));
        assertThat(cost.find()).as("%s", lines).isTrue();
        assertThat(Double.parseDouble(cost.group(1))).isLessThan(MOST_NANOS);
    }
}
