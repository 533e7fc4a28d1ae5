package dev.microsandbox.mcp.tools.command;

import static dev.microsandbox.mcp.tools.ToolHarness.structured;
import static dev.microsandbox.mcp.tools.ToolHarness.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.session.FakeJobs;
import dev.microsandbox.mcp.session.FakeSandbox;
import dev.microsandbox.mcp.tools.ToolHarness;
import dev.microsandbox.vmm.ExecRequest;
import dev.microsandbox.vmm.Exit;
import dev.microsandbox.vmm.MemoryVictim;
import dev.microsandbox.vmm.SandboxJobs;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class JobToolsTest {

    private final ToolHarness harness = ToolHarness.started();
    private final FakeJobs jobs = harness.sandbox().jobs();

    @AfterEach
    void close() {
        harness.close();
    }

    private String start(String command) {
        CallToolResult result = call("run_command", Map.of("command", command, "background", true));
        return fact(result, "job_id").toString();
    }

    private CallToolResult call(String tool, Map<String, Object> arguments) {
        CallToolResult result = harness.call(tool, arguments);
        assertThat(result.isError()).as(text(result)).isFalse();
        return result;
    }

    private static Object fact(CallToolResult result, String name) {
        return Objects.requireNonNull(structured(result).get(name), name);
    }

    private String error(String tool, Map<String, Object> arguments) {
        CallToolResult result = harness.call(tool, arguments);
        assertThat(result.isError()).as(text(result)).isTrue();
        return text(result);
    }

    private String output(Map<String, Object> arguments) {
        return text(call("get_output", arguments));
    }

    private static Exit exit(Exit.Kind kind, int code, boolean timedOut) {
        return new Exit(
                kind, code, timedOut, 0, MemoryVictim.UNKNOWN, Duration.ofMillis(2345), 0, 0, "");
    }

    @Test
    void aCommandInTheBackgroundReturnsItsJobAtOnce() {
        CallToolResult result =
                call(
                        "run_command",
                        Map.of("command", "make all", "cwd", "/tmp", "background", "true"));
        assertThat(text(result))
                .startsWith("status=running job_id=j1-00ff\nhint: ")
                .contains("get_output", "stop_job");
        ExecRequest request = jobs.requests.getFirst();
        assertThat(request.command()).containsExactly("bash", "-c", "make all");
        assertThat(request.directory()).isEqualTo("/tmp");
        assertThat(request.timeout()).as("the default is for calls").isNull();
        // Without this, Python's output appears only in blocks of 8 KiB.
        assertThat(request.environment()).containsEntry("PYTHONUNBUFFERED", "1");

        call("run_command", Map.of("command", "x", "background", true, "timeout", 90));
        assertThat(jobs.requests.getLast().timeout()).isEqualTo(Duration.ofSeconds(90));
        assertThat(error("run_command", Map.of("command", "cat", "background", true, "stdin", "x")))
                .contains("stdin", "background", "write_file");
    }

    @Test
    void aLongCommandsLabelIsCutInsideNoCharacter() {
        String id = start("\uD83D\uDE00".repeat(60) + "ä".repeat(200));
        assertThat(fact(call("get_output", Map.of("job_id", id)), "command"))
                .isEqualTo("\uD83D\uDE00".repeat(50));
        assertThat(structured(call("get_output", Map.of("job_id", start("  ls\n")))))
                .containsEntry("command", "ls");
    }

    @Test
    void outputIsFollowedFromOffsetToOffset() {
        String id = start("build");
        assertThat(output(Map.of("job_id", id)))
                .isEqualTo("status=running job_id=j1-00ff 1.2s next_offset=0\n[no output yet]\n");
        jobs.print(id, "one\ntwo ü");
        assertThat(output(Map.of("job_id", id)))
                .isEqualTo(
                        "status=running job_id=j1-00ff 1.2s next_offset=10\n"
                                + "--- output ---\none\ntwo ü\n");
        assertThat(output(Map.of("job_id", id, "offset", 4)))
                .endsWith("next_offset=10\n--- output ---\ntwo ü\n");
        assertThat(output(Map.of("id", id, "offset", "10")))
                .endsWith("next_offset=10\n[no further output yet]\n");
        jobs.end(id, exit(Exit.Kind.EXITED, 3, false));
        assertThat(output(Map.of("job_id", id, "offset", 10, "wait", 60)))
                .isEqualTo(
                        "status=error job_id=j1-00ff exit=3 2.3s next_offset=10\n"
                                + "[no further output]\n");
        assertThat(error("get_output", Map.of("job_id", id, "offset", 11)))
                .contains("offset 11", "10 bytes", "next_offset");
    }

    @Test
    void aCharacterThatIsHalfThereComesWithTheNextCall() {
        String id = start("build");
        jobs.print(id, new byte[] {'a', (byte) 0xF0, (byte) 0x9F});
        Map<String, Object> first = structured(call("get_output", Map.of("job_id", id)));
        assertThat(first).containsEntry("output", "a").containsEntry("next_offset", 1L);
        jobs.print(id, new byte[] {(byte) 0x98, (byte) 0x80});
        assertThat(structured(call("get_output", Map.of("job_id", id, "offset", 1))))
                .containsEntry("output", "\uD83D\uDE00")
                .containsEntry("next_offset", 5L);
        jobs.print(id, new byte[] {(byte) 0xC3});
        assertThat(structured(call("get_output", Map.of("job_id", id, "offset", 5))))
                .containsEntry("output", "")
                .containsEntry("next_offset", 5L);
        jobs.end(id, FakeSandbox.exited(0));
        assertThat(structured(call("get_output", Map.of("job_id", id, "offset", 5))))
                .as("nothing can follow any more")
                .containsEntry("output", "\uFFFD")
                .containsEntry("next_offset", 6L);
    }

    @Test
    void waitingEndsWithNewOutput() throws InterruptedException {
        String id = start("build");
        jobs.print(id, "old\n");
        Thread printer =
                Thread.startVirtualThread(
                        () -> {
                            try {
                                Thread.sleep(200);
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                            jobs.print(id, "new\n");
                        });
        long start = System.nanoTime();
        assertThat(output(Map.of("job_id", id, "wait", 60))).contains("old\nnew\n");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(50));
        printer.join();
        start = System.nanoTime();
        assertThat(output(Map.of("job_id", id, "offset", 8, "wait", 0.2)))
                .contains("[no further output yet]");
        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .isGreaterThan(Duration.ofMillis(150));
        assertThat(error("get_output", Map.of("job_id", id, "wait", -1))).contains("wait", "3600");
    }

    /**
     * A reader that follows a job sees every byte exactly once, whatever the bytes are and however
     * many.
     */
    @Test
    void windowsJoinWithoutGapOrOverlap() {
        String id = start("build");
        StringBuilder all = new StringBuilder();
        for (int i = 0; all.length() < 100_000; i++) {
            all.append("line ").append(i).append(" äöü\uD83D\uDE00").append(i % 9 == 0 ? "" : "\n");
        }
        jobs.print(id, all.toString());
        StringBuilder seen = new StringBuilder();
        long offset = 0;
        CallToolResult result;
        do {
            result = call("get_output", Map.of("job_id", id, "offset", offset));
            String part = fact(result, "output").toString();
            assertThat(part.getBytes(UTF_8).length).isBetween(1, 20 * 1024);
            seen.append(part);
            offset = (Long) fact(result, "next_offset");
        } while (offset < (Long) fact(result, "output_bytes"));
        assertThat(seen.toString()).isEqualTo(all.toString());
    }

    @Test
    void whatGrowsWhenItIsShownComesInSmallerParts() {
        String id = start("build");
        jobs.print(id, new byte[20_000]);
        CallToolResult part = call("get_output", Map.of("job_id", id, "offset", 0));
        assertThat(fact(part, "output").toString()).matches("␀+").hasSize(20_000 / 3);
        assertThat(fact(part, "next_offset")).isEqualTo(20_000L / 3);
    }

    @Test
    void ofLongOutputTheEndsAreShownAndWhatIsBetweenIsNamed() {
        String id = start("build");
        jobs.print(id, "begin\n" + "x".repeat(49_990) + "end\n");
        CallToolResult result = call("get_output", Map.of("job_id", id));
        assertThat(text(result))
                .contains("--- output ---\nbegin\nxxx")
                .contains(
                        "\n[… 29520 bytes omitted: offset 8192 to 37712; log: /var/log/microsandbox/j1-00ff.log …]\nxxx")
                .endsWith("xend\n");
        assertThat(structured(result)).containsEntry("next_offset", 50_000L);
        String between = output(Map.of("job_id", id, "offset", 8192));
        assertThat(between).contains("hint: There is more: ").contains("offset=28672");
    }

    @Test
    void whatWasNotKeptIsNamed() {
        String id = start("build");
        int size = (int) SandboxJobs.LOG_HEAD + 3_000_000;
        byte[] bytes = new byte[size];
        Arrays.fill(bytes, (byte) 'x');
        jobs.print(id, bytes);
        jobs.omitTo(id, SandboxJobs.LOG_HEAD + 1_000_000);
        jobs.drop(id, 77);
        assertThat(output(Map.of("job_id", id)))
                .contains("1000000 of them not kept", "disk was full: 77 bytes");
        assertThat(output(Map.of("job_id", id, "offset", SandboxJobs.LOG_HEAD + 5)))
                .contains(
                        "[… 999995 bytes omitted and not kept: offset 6291461 to 7291456 …]\nxxx");
    }

    @Test
    void aJobIsStoppedAndSaysByWhat() {
        String id = start("server");
        jobs.print(id, "up\n");
        jobs.onStop(() -> jobs.end(id, exit(Exit.Kind.SIGNALED, 15, false)));
        CallToolResult result = call("stop_job", Map.of("job_id", id));
        assertThat(text(result))
                .isEqualTo(
                        """
                        status=killed job_id=j1-00ff exit=143 2.3s next_offset=3
                        hint: Ended by signal 15 (SIGTERM).
                        --- output ---
                        up
                        """);
        assertThat(text(call("stop_job", Map.of("job_id", id))))
                .contains("hint: It had ended before; nothing was done.");
        assertThat(jobs.signals).containsExactly(0, 0);
    }

    @Test
    void aSignalMayBeNamedOrNumbered() {
        String id = start("server");
        jobs.end(id, exit(Exit.Kind.EXITED, 0, false));
        for (Object signal : new Object[] {"INT", "sigusr1", 9, "1", 64}) {
            call("stop_job", Map.of("job_id", id, "signal", signal));
        }
        assertThat(jobs.signals).containsExactly(2, 10, 9, 1, 64);
        for (Object signal : new Object[] {"NOSUCH", 0, 65, -9, 1.5, ""}) {
            assertThat(error("stop_job", Map.of("job_id", id, "signal", signal)))
                    .contains("signal must be", "TERM");
        }
    }

    @Test
    void whatAJobLeftRunningIsTold() {
        String id = start("server &");
        jobs.end(id, FakeSandbox.exited(0));
        jobs.leaveProcesses(id, true);
        assertThat(output(Map.of("job_id", id)))
                .contains("status=ok")
                .contains("hint: Something that it started still runs; stop_job ends that.");
        jobs.onStop(() -> jobs.leaveProcesses(id, false));
        assertThat(text(call("stop_job", Map.of("job_id", id)))).doesNotContain("hint");
    }

    @Test
    void aTimeOutIsAStatus() {
        String id = start("server");
        jobs.end(id, exit(Exit.Kind.SIGNALED, 15, true));
        assertThat(output(Map.of("job_id", id)))
                .startsWith("status=timeout job_id=j1-00ff exit=143")
                .contains("hint: Stopped after its time-out.");
    }

    @Test
    void anUnknownJobNamesThoseThatThereAre() {
        assertThat(error("get_output", Map.of("job_id", "j7-abcd")))
                .contains("There is no job j7-abcd. No job was started in this sandbox");
        String running = start("a");
        String ended = start("b");
        jobs.end(ended, FakeSandbox.exited(0));
        assertThat(error("stop_job", Map.of("job_id", "../\u001B[31mx")))
                .contains("There is no job ../x.")
                .contains("Known: %s (running), %s (ok).".formatted(running, ended))
                .contains("Jobs end with their sandbox");
        assertThat(error("get_output", Map.of())).contains("job_id");
    }

    @Test
    void aJobOfASandboxThatDiedIsSaidToHaveDiedWithIt() {
        String id = start("server");
        harness.sandbox().die();
        assertThat(error("get_output", Map.of("job_id", id)))
                .contains("There is no job " + id)
                .contains("Jobs end with their sandbox")
                .contains("notice: The sandbox ended unexpectedly; a new one was started.");
    }

    @Test
    void sessionInfoListsJobs() {
        String ended = start("make\nmake install");
        start("python3 -m http.server");
        jobs.end(ended, exit(Exit.Kind.EXITED, 2, false));
        assertThat(text(call("session_info", Map.of())))
                .contains(
                        """
                        --- jobs ---
                        j1-00ff: error, 2.345s, make
                        j2-00ff: running, 1.234s, python3 -m http.server
                        """);
        for (int i = 0; i < 30; i++) {
            jobs.end(start("x"), FakeSandbox.exited(0));
        }
        assertThat(structured(call("session_info", Map.of())).get("jobs"))
                .asInstanceOf(InstanceOfAssertFactories.LIST)
                .hasSize(21)
                .first()
                .asString()
                .contains("j2-00ff", "running");
    }
}
