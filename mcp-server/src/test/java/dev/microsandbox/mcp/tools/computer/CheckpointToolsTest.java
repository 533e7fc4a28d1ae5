package dev.microsandbox.mcp.tools.computer;

import static dev.microsandbox.mcp.tools.ToolHarness.structured;
import static dev.microsandbox.mcp.tools.ToolHarness.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.microsandbox.mcp.session.FakeSandbox;
import dev.microsandbox.mcp.tools.ToolHarness;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class CheckpointToolsTest {

    @Test
    void savesAndGoesBack() {
        try (ToolHarness harness = ToolHarness.started()) {
            FakeSandbox sandbox = harness.sandbox();
            sandbox.content.put("a.txt", "one".getBytes(UTF_8));
            CallToolResult saved = harness.call("checkpoint", Map.of("label", "before install"));
            assertThat(text(saved))
                    .startsWith(
                            "status=ok checkpoint=c1 name=\"before install\" bytes=3 made_at=20")
                    .contains("restore with checkpoint=c1 goes back to it.");
            assertThat(structured(saved)).containsEntry("checkpoint", "c1");

            sandbox.content.put("a.txt", "two".getBytes(UTF_8));
            CallToolResult restored = harness.call("restore", Map.of("name", "before install"));
            assertThat(restored.isError()).isFalse();
            assertThat(text(restored))
                    .startsWith("status=ok checkpoint=c1 name=\"before install\" made_at=20")
                    .contains("Variables, files and processes are as at 20");
            assertThat(sandbox.content.get("a.txt")).asString(UTF_8).isEqualTo("one");

            assertThat(text(harness.call("list_checkpoints", Map.of())))
                    .startsWith("status=ok count=1 max_count=3 bytes=3 max_bytes=1000\n")
                    .containsPattern("c1 \\(before install\\), 20[^,]*, 3 bytes\n");
            assertThat(text(harness.call("delete_checkpoint", Map.of("checkpoint", "c1"))))
                    .contains(
                            "c1 (before install) is removed. This session's checkpoints take 0 bytes of the ");
        }
    }

    @Test
    void whatNeedsNoSandboxStartsNone() {
        try (ToolHarness harness = new ToolHarness()) {
            assertThat(text(harness.call("list_checkpoints", Map.of())))
                    .contains("There are none; checkpoint makes one.");
            CallToolResult restored = harness.call("restore", Map.of());
            assertThat(restored.isError()).isTrue();
            assertThat(text(restored)).contains("Make one with the tool checkpoint.");
            harness.call("delete_checkpoint", Map.of("checkpoint", "c1"));
            harness.call("fork", Map.of("checkpoint", "c1"));
            harness.call("checkpoint", Map.of("name", " "));
            harness.call("run_code", Map.of("code", "1", "computer", "f3"));
            harness.call("run_code", Map.of("code", "1", "computer", "../x"));
            assertThat(harness.factory.started).isEmpty();
        }
    }

    @Test
    void everyToolActsOnAForkByItsHandle() {
        try (ToolHarness harness = ToolHarness.started()) {
            FakeSandbox own = harness.sandbox();
            CallToolResult forked = harness.call("fork", Map.of());
            assertThat(structured(forked)).containsEntry("fork", "f1");
            FakeSandbox fork = harness.sandbox();
            harness.call("write_file", Map.of("path", "x", "content", "y", "computer", "f1"));
            assertThat(fork.content).containsKey("x");
            assertThat(own.content).doesNotContainKey("x");
            harness.call("write_file", Map.of("path", "z", "content", "y", "computer", "main"));
            assertThat(own.content).containsKey("z");
            assertThat(text(harness.call("session_info", Map.of("session", "f1"))))
                    .contains("--- computers ---\nmain: running\nf1: running\n");
            assertThat(text(harness.call("run_code", Map.of("code", "1", "computer", "f2"))))
                    .isEqualTo(
                            "error: There is no computer f2. Forks are: f1. Leave the argument"
                                    + " computer out for the session's own.");
            assertThat(text(harness.call("fork", Map.of("checkpoint", "c1", "computer", "f1"))))
                    .contains("Leave checkpoint or computer out");
        }
    }

    @Test
    void aCallUnderARestoreFailsWithTheReason() throws InterruptedException {
        try (ToolHarness harness = ToolHarness.started()) {
            FakeSandbox sandbox = harness.sandbox();
            harness.call("checkpoint", Map.of());
            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch finish = new CountDownLatch(1);
            sandbox.onRun(
                    (request, listener) -> {
                        begun.countDown();
                        finish.await();
                        return FakeSandbox.finished();
                    });
            AtomicReference<CallToolResult> result = new AtomicReference<>();
            Thread running =
                    Thread.ofPlatform()
                            .start(() -> result.set(harness.call("run_code", Map.of("code", "1"))));
            begun.await();
            CountDownLatch gate = sandbox.holdRestores();
            AtomicReference<CallToolResult> restored = new AtomicReference<>();
            Thread restoring =
                    Thread.ofPlatform()
                            .start(() -> restored.set(harness.call("restore", Map.of())));
            await().until(() -> sandbox.restores.get() == 1);
            // The call fails before the restore has ended, but must learn the reason nevertheless.
            finish.countDown();
            await().until(() -> running.getState() == Thread.State.WAITING);
            gate.countDown();
            restoring.join();
            running.join();
            assertThat(restored.get().isError()).isFalse();
            assertThat(result.get().isError()).isTrue();
            assertThat(text(result.get()))
                    .isEqualTo(
                            "error: The computer was put back to checkpoint c1 while this call"
                                    + " ran; what the call did is undone.");
        }
    }

    @Test
    void aMachineThatCannotBeSavedSaysSo() {
        try (ToolHarness harness = ToolHarness.started()) {
            harness.sandbox().unsavable();
            CallToolResult result = harness.call("checkpoint", Map.of());
            assertThat(result.isError()).isTrue();
            assertThat(text(result)).isEqualTo("error: This kind of sandbox cannot be saved.");
        }
    }

    @Test
    void aLossIsToldWithTheCheckpointThatFollowsIt() {
        try (ToolHarness harness = ToolHarness.started()) {
            harness.sandbox().die();
            assertThat(text(harness.call("checkpoint", Map.of())))
                    .contains("notice: The sandbox ended unexpectedly");
        }
    }
}
