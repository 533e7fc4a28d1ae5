package dev.microsandbox.mcp.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.microsandbox.mcp.endtoend.HttpClientSession.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Computers are checkpointed, restored, forked, suspended and woken by a server with real guests.
 * The machines are QEMU's, or, with {@code MICROSANDBOX_ACCELERATOR=kvm}, KVM's.
 */
@Timeout(600)
class CheckpointsIT {

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @TempDir Path directory;
    private Installation installation;
    private Path sessions;
    private Path log;

    @BeforeEach
    void install() throws IOException {
        Path home = Files.createDirectory(directory.resolve("home"));
        installation = Installation.in(home);
        sessions = home.resolve("sessions");
        log = directory.resolve("log");
    }

    private Installation.Server serve(String... arguments)
            throws IOException, InterruptedException {
        List<String> all =
                new ArrayList<>(
                        List.of(
                                "--dev-mode",
                                "--accelerator",
                                System.getenv().getOrDefault("MICROSANDBOX_ACCELERATOR", "qemu")));
        all.addAll(Arrays.asList(arguments));
        return installation.serve(
                ProcessBuilder.Redirect.appendTo(log.toFile()), all.toArray(String[]::new));
    }

    private static Answer run(HttpClientSession session, String code, String computer)
            throws IOException, InterruptedException {
        Answer answer =
                session.call(
                        "run_code",
                        Map.of(
                                "language",
                                "shell",
                                "code",
                                code,
                                "computer",
                                computer,
                                "timeout",
                                120));
        assertThat(answer.isError()).as(answer.text()).isFalse();
        return answer;
    }

    private static String output(HttpClientSession session, String code, String computer)
            throws IOException, InterruptedException {
        return run(session, code, computer).fact("stdout").asString().strip();
    }

    private static Answer tool(HttpClientSession session, String tool, Map<String, Object> with)
            throws IOException, InterruptedException {
        Answer answer = session.call(tool, with);
        assertThat(answer.isError()).as(answer.text()).isFalse();
        return answer;
    }

    @Test
    void isPutBackAndForked() throws Exception {
        try (Installation.Server server = serve();
                HttpClientSession session = new HttpClientSession(server)) {
            run(session, "x=before; echo kept > file; sleep 1000 & job=$!", "main");
            Map<String, Object> started =
                    Map.of("command", "echo up; sleep 1000", "background", true);
            String id = tool(session, "run_command", started).fact("job_id").asString();
            Map<String, Object> news = Map.of("job_id", id, "offset", 0, "wait", 60);
            assertThat(tool(session, "get_output", news).text()).contains("--- output ---\nup\n");
            assertThat(tool(session, "checkpoint", Map.of("name", "base")).text())
                    .startsWith("status=ok checkpoint=c1 name=base");

            run(session, "x=after; rm file; kill $job", "main");
            assertThat(tool(session, "stop_job", Map.of("job_id", id)).text())
                    .startsWith("status=killed job_id=" + id);
            tool(session, "restore", Map.of("checkpoint", "base"));
            assertThat(output(session, "echo $x $(cat file); kill -0 $job && echo runs", "main"))
                    .isEqualTo("before kept\nruns");
            assertThat(tool(session, "get_output", Map.of("job_id", id)).text())
                    .startsWith("status=running job_id=" + id);

            assertThat(tool(session, "fork", Map.of()).fact("fork").asString()).isEqualTo("f1");
            assertThat(tool(session, "stop_job", Map.of("job_id", id)).text())
                    .startsWith("status=killed");
            assertThat(tool(session, "get_output", Map.of("job_id", id, "computer", "f1")).text())
                    .startsWith("status=running");
            run(session, "x=own", "main");
            run(session, "x=\"$x, forked\"; echo fork > file", "f1");
            assertThat(output(session, "echo $x $(cat file)", "main")).isEqualTo("own kept");
            assertThat(output(session, "echo $x $(cat file)", "f1"))
                    .isEqualTo("before, forked fork");

            assertThat(tool(session, "checkpoint", Map.of("computer", "f1")).text())
                    .startsWith("status=ok checkpoint=c2");
            assertThat(tool(session, "list_checkpoints", Map.of()).text())
                    .startsWith("status=ok count=2 max_count=20")
                    .contains("c1 (base), ")
                    .contains(", of computer f1");
            tool(session, "delete_checkpoint", Map.of("checkpoint", "c1"));
            assertThat(output(session, "echo $x", "main")).isEqualTo("own");
            assertPrivate();
            Answer gone = session.call("restore", Map.of("checkpoint", "base"));
            assertThat(gone.isError()).isTrue();
            assertThat(gone.text()).contains("There is no checkpoint \"base\". There are: c2.");

            session.end();
            await().atMost(PATIENCE).until(() -> Files.notExists(sessions.resolve(session.id())));
            await().atMost(PATIENCE).until(() -> Installation.machines(server.process()).isEmpty());
        }
        assertThat(sessions).isEmptyDirectory();
    }

    /** Checks the permissions of files that contain guest memory. */
    private void assertPrivate() throws IOException {
        try (Stream<Path> all = Files.walk(sessions)) {
            List<Path> found = all.toList();
            assertThat(found).anyMatch(path -> path.endsWith("c2/state"));
            for (Path path : found) {
                assertThat(Files.getPosixFilePermissions(path))
                        .as(path.toString())
                        .isSubsetOf(
                                EnumSet.of(
                                        PosixFilePermission.OWNER_READ,
                                        PosixFilePermission.OWNER_WRITE,
                                        PosixFilePermission.OWNER_EXECUTE));
            }
        }
    }

    @Test
    void sleepsWhenNobodyUsesItAndWakesWithTheNextCall() throws Exception {
        try (Installation.Server server = serve("--session-idle-timeout", "2s");
                HttpClientSession session = new HttpClientSession(server)) {
            run(session, "x=kept", "main");
            awaitSleep(session, server);
            Answer woken = run(session, "echo $x", "main");
            assertThat(woken.fact("stdout").asString()).isEqualTo("kept\n");
            assertThat(woken.fact("notice").asString())
                    .startsWith("The computer was suspended for ")
                    .contains("nothing is lost");

            // Damage to a suspended state is detected and reported, and affects nothing else.
            Path place = awaitSleep(session, server);
            try (Stream<Path> files = Files.walk(place)) {
                damage(files.filter(Files::isRegularFile).toList());
            }
            Answer fresh = run(session, "echo \"x=$x\"", "main");
            assertThat(fresh.fact("stdout").asString()).isEqualTo("x=\n");
            assertThat(fresh.fact("notice").asString())
                    .startsWith("The sandbox was suspended and could not be woken (")
                    .contains("a new one was started");
        }
    }

    private static void damage(Collection<Path> files) throws IOException {
        for (Path file : files) {
            byte[] start = new byte[1];
            try (var channel =
                    java.nio.channels.FileChannel.open(
                            file,
                            java.nio.file.StandardOpenOption.READ,
                            java.nio.file.StandardOpenOption.WRITE)) {
                java.nio.ByteBuffer one = java.nio.ByteBuffer.wrap(start);
                long middle = channel.size() / 2;
                channel.read(one, middle);
                start[0] ^= 0x55;
                channel.write(java.nio.ByteBuffer.wrap(start), middle);
            }
        }
    }

    private Path awaitSleep(HttpClientSession session, Installation.Server server) {
        Path place = sessions.resolve(session.id()).resolve("suspended/main");
        await().atMost(PATIENCE).until(() -> Files.isDirectory(place));
        await().atMost(PATIENCE).until(() -> Installation.machines(server.process()).isEmpty());
        return place;
    }

    @Test
    void jobsGoOnAfterSuspensionAndTheServersStop() throws Exception {
        HttpClientSession session;
        String id;
        StringBuilder counted = new StringBuilder();
        try (Installation.Server server = serve("--session-idle-timeout", "2s")) {
            session = new HttpClientSession(server);
            String command = "for ((i = 1;; i++)); do echo $i; sleep 0.1; done";
            id =
                    tool(session, "run_command", Map.of("command", command, "background", true))
                            .fact("job_id")
                            .asString();
            assertThat(next(session, id, counted)).isNull();
            awaitSleep(session, server);
            assertThat(next(session, id, counted)).startsWith("The computer was suspended for ");
        }
        try (Installation.Server server = serve()) {
            session.moveTo(server);
            assertThat(next(session, id, counted)).startsWith("The computer was suspended for ");
            assertThat(next(session, id, counted)).isNull();
            assertThat(tool(session, "stop_job", Map.of("job_id", id)).text())
                    .startsWith("status=killed job_id=" + id);
        }
        session.close();
        List<String> lines = counted.toString().lines().toList();
        assertThat(lines)
                .isEqualTo(
                        IntStream.rangeClosed(1, lines.size())
                                .mapToObj(Integer::toString)
                                .toList());
    }

    /**
     * Adds what a running job has printed since the last call, which must not be empty. Returns the
     * notice, or null.
     */
    private static @Nullable String next(
            HttpClientSession session, String job, StringBuilder before)
            throws IOException, InterruptedException {
        Answer news =
                tool(
                        session,
                        "get_output",
                        Map.of("job_id", job, "offset", before.length(), "wait", 60));
        assertThat(news.fact("status").asString()).isEqualTo("running");
        String output = news.fact("output").asString();
        assertThat(output).isNotEmpty();
        before.append(output);
        assertThat(news.fact("next_offset").asInt()).isEqualTo(before.length());
        return news.fact("notice") == null ? null : news.fact("notice").asString();
    }

    @Test
    void goesOnUnderTheSameIdAfterTheServersStop() throws Exception {
        HttpClientSession session;
        HttpClientSession bare;
        try (Installation.Server server = serve()) {
            session = new HttpClientSession(server);
            run(session, "x=kept", "main");
            tool(session, "checkpoint", Map.of("name", "base"));
            run(session, "x=later", "main");
        }
        assertThat(sessions.resolve(session.id()).resolve("session")).exists();
        try (Installation.Server server = serve()) {
            session.moveTo(server);
            Answer woken = run(session, "echo $x", "main");
            assertThat(woken.fact("stdout").asString()).isEqualTo("later\n");
            assertThat(woken.fact("notice").asString()).startsWith("The computer was suspended");
            tool(session, "restore", Map.of());
            assertThat(output(session, "echo $x", "main")).isEqualTo("kept");

            // A server that is killed keeps the files on disk.
            bare = new HttpClientSession(server);
            run(bare, "x=bare", "main");
            server.process().destroyForcibly().waitFor();
        }
        try (Installation.Server server = serve()) {
            session.moveTo(server);
            Answer told = run(session, "echo \"x=$x\"", "main");
            assertThat(told.fact("stdout").asString()).isEqualTo("x=\n");
            assertThat(told.fact("notice").asString())
                    .startsWith("The sandbox was lost because the server ended unexpectedly;")
                    .endsWith("The tool restore brings back checkpoint c1 (base).");
            tool(session, "restore", Map.of());
            assertThat(output(session, "echo $x", "main")).isEqualTo("kept");

            bare.moveTo(server);
            var answer = bare.request("list_checkpoints", Map.of());
            assertThat(answer.statusCode()).isEqualTo(404);
            assertThat(answer.body()).contains("files and checkpoints of the old one are gone");
        }
        session.close();
        bare.close();
    }

    @Test
    void whatSleepsGoesOnAfterTheServerWasKilled() throws Exception {
        HttpClientSession session;
        try (Installation.Server server = serve("--session-idle-timeout", "2s")) {
            session = new HttpClientSession(server);
            run(session, "x=kept", "main");
            awaitSleep(session, server);
            server.process().destroyForcibly().waitFor();
        }
        try (Installation.Server server = serve()) {
            session.moveTo(server);
            Answer woken = run(session, "echo $x", "main");
            assertThat(woken.fact("stdout").asString()).isEqualTo("kept\n");
            assertThat(woken.fact("notice").asString()).startsWith("The computer was suspended");
            server.process().destroyForcibly().waitFor();
        }
        try (Installation.Server server = serve()) {
            session.moveTo(server);
            Answer told = run(session, "echo \"x=$x\"", "main");
            assertThat(told.fact("stdout").asString()).isEqualTo("x=\n");
            assertThat(told.fact("notice").asString())
                    .startsWith("The sandbox was lost because the server ended unexpectedly;");
        }
        session.close();
    }

    @Test
    void twoSessionsAtOnceFindTheirSandboxesReady(TestReporter report) throws Exception {
        try (Installation.Server server = serve("--pool-size", "2", "--pool-max", "2")) {
            await().atMost(PATIENCE)
                    .until(() -> Files.readString(log).lines().filter(this::runs).count() == 2);
            try (HttpClientSession first = new HttpClientSession(server);
                    HttpClientSession second = new HttpClientSession(server);
                    var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                Callable<Duration> one = () -> firstAnswer(first);
                Callable<Duration> other = () -> firstAnswer(second);
                for (Future<Duration> answer : threads.invokeAll(List.of(one, other))) {
                    report.publishEntry("first answer", answer.get().toMillis() + " ms");
                }
            }
        }
    }

    private boolean runs(String logLine) {
        return logLine.contains(" runs on ");
    }

    private static Duration firstAnswer(HttpClientSession session) throws Exception {
        long begin = System.nanoTime();
        Answer answer = tool(session, "run_command", Map.of("command", "echo ready"));
        Duration time = Duration.ofNanos(System.nanoTime() - begin);
        assertThat(answer.text()).contains("ready");
        assertThat(answer.before().toString()).doesNotContain("starting the sandbox");
        return time;
    }
}
