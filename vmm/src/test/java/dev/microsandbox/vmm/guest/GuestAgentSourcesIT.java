package dev.microsandbox.vmm.guest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The agent's own tests: its decoders under sanitizers, and a short run of their fuzzers. A long
 * one: {@code make -C vmm/src/main/guest/agent fuzz FUZZ_SECONDS=3600 OUT=/tmp/fuzz}.
 */
class GuestAgentSourcesIT {

    private static final String AGENT = "src/main/guest/agent";
    private static final Path OUT = Path.of("target/agent-check").toAbsolutePath();

    @Test
    @Timeout(180)
    void theDecodersPassTheirTestsUnderSanitizers() throws Exception {
        assertThat(make("check")).contains("ok");
    }

    @Test
    @Timeout(300)
    void theDecodersSurviveTheFuzzers() throws Exception {
        String output = make("fuzz", "FUZZ_SECONDS=10");
        assertThat(output).contains("stat::number_of_executed_units").doesNotContain("ERROR:");
    }

    private static String make(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("make", "-C", AGENT, "OUT=" + OUT));
        command.addAll(List.of(arguments));
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectInput(new File("/dev/null"))
                        .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }
}
