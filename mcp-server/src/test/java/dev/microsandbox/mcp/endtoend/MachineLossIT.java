package dev.microsandbox.mcp.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** After a process is killed, the agent is told the truth, and no process is left on the host. */
@Timeout(240)
class MachineLossIT {

    @TempDir Path directory;
    private Installation installation;

    @BeforeEach
    void install() throws Exception {
        installation = Installation.in(Files.createDirectory(directory.resolve("home")));
    }

    @Test
    void aMachineKilledUnderACallIsSaidAndTheNextCallHasANewOne() throws Exception {
        try (StdioClient client = new StdioClient(installation)) {
            client.call("run_command", Map.of("command", "echo kept > state.txt"));
            CompletableFuture<JsonNode> running =
                    client.start(
                            "run_command",
                            Map.of("command", "echo up > /tmp/up; sleep 100", "timeout", 120));
            await().atMost(Duration.ofMinutes(1))
                    .until(
                            () -> {
                                JsonNode found =
                                        client.call(
                                                "run_command", Map.of("command", "cat /tmp/up"));
                                return text(found).contains("up\n");
                            });
            List<ProcessHandle> machines = Installation.machines(client.process());
            assertThat(machines).hasSize(1);
            machines.getFirst().destroyForcibly();

            JsonNode lost = running.get(5, TimeUnit.SECONDS).get("result");
            assertThat(lost.get("isError").asBoolean()).isTrue();
            assertThat(text(lost)).contains("died").contains("The next call starts a new one");

            JsonNode next = client.call("run_command", Map.of("command", "ls; echo alive"));
            assertThat(next.path("isError").asBoolean()).isFalse();
            assertThat(text(next))
                    .contains("alive")
                    .contains("notice:")
                    .doesNotContain("state.txt");
            assertThat(next.get("structuredContent").get("notice").asString())
                    .contains("a new one was started")
                    .contains("gone");
            JsonNode later = client.call("run_command", Map.of("command", "echo still"));
            assertThat(later.get("structuredContent").has("notice")).isFalse();
        }
    }

    @Test
    void aKilledServerLeavesNoMachine() throws Exception {
        StdioClient client = new StdioClient(installation);
        client.call("run_command", Map.of("command", "true"));
        List<ProcessHandle> machines = Installation.machines(client.process());
        assertThat(machines).hasSize(1);
        client.process().destroyForcibly();
        await().atMost(Duration.ofSeconds(10))
                .until(() -> machines.stream().noneMatch(ProcessHandle::isAlive));
    }

    @Test
    void theEndOfTheInputEndsServerAndMachine() throws Exception {
        StdioClient client = new StdioClient(installation);
        client.call("run_command", Map.of("command", "true"));
        List<ProcessHandle> machines = Installation.machines(client.process());
        assertThat(machines).hasSize(1);
        client.close();
        assertThat(client.process().exitValue()).isZero();
        await().atMost(Duration.ofSeconds(10))
                .until(() -> machines.stream().noneMatch(ProcessHandle::isAlive));
    }

    private static String text(JsonNode result) {
        return result.get("content").get(0).get("text").asString();
    }
}
