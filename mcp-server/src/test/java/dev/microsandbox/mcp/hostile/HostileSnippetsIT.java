package dev.microsandbox.mcp.hostile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.microsandbox.mcp.endtoend.Installation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Sessions under random hostile snippets: nothing crashes, nothing hangs, nothing is left on the
 * host. Runs for as long as {@code -Dhostile.minutes=60} says, with {@code -Dhostile.sessions=8},
 * and the snippets of {@code -Dhostile.seed=…} (printed, where it is not given). {@code
 * -Dhostile.replay=SEED,SEED…} runs those snippets instead, in one session.
 */
class HostileSnippetsIT {

    private static final Duration REPORTS = Duration.ofMinutes(5);

    /**
     * The JDK keeps a thread that waited for a process's end for another 60 s, and a virtual
     * thread's carrier for 30 s. Only threads that remain after that are leaked.
     */
    private static final Duration IDLE_THREADS = Duration.ofSeconds(75);

    @TempDir Path directory;
    private final SnippetGenerator generator = new SnippetGenerator();
    private final Tally tally = new Tally();

    @Test
    void nothingCrashesNothingHangsNothingLeaks() throws Exception {
        String minutes = System.getProperty("hostile.minutes");
        String replay = System.getProperty("hostile.replay");
        Assumptions.assumeTrue(
                minutes != null || replay != null,
                "skipped: -Dhostile.minutes does not say for how long");
        Path temporary = Files.createDirectory(directory.resolve("tmp"));
        // The machines run as separate users and have their sockets below this directory.
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
        Installation installation =
                Installation.in(Files.createDirectory(directory.resolve("home")))
                        .with(Map.of("JAVA_TOOL_OPTIONS", "-Djava.io.tmpdir=" + temporary));
        Path log = Path.of(System.getProperty("hostile.log", directory.resolve("log").toString()));
        try (Installation.Server server =
                installation.serve(
                        ProcessBuilder.Redirect.to(log.toFile()),
                        "--dev-mode",
                        "--template-enabled=true",
                        "--cpu-limit=32",
                        "--memory-limit=10G",
                        "--sandbox-memory=" + System.getProperty("hostile.memory", "384M"))) {
            // The first session boots. Meanwhile a template is built, of which all other sessions
            // are clones.
            new Canary(server).close();
            await().atMost(Duration.ofMinutes(10))
                    .pollInterval(Duration.ofSeconds(5))
                    .until(() -> hasTemplate(installation) && noMachines(server));
            new Canary(server).close();
            await().atMost(Duration.ofMinutes(1)).until(() -> noMachines(server));
            HostUsage before = HostUsage.of(installation, server, temporary);
            say("before: " + before);
            if (replay != null) {
                replay(server, replay);
            } else if (minutes != null) {
                attack(installation, server, temporary, Long.parseLong(minutes));
            }
            await().atMost(Duration.ofMinutes(1)).until(() -> noMachines(server));
            Thread.sleep(IDLE_THREADS);
            HostUsage after = HostUsage.of(installation, server, temporary);
            say("before: " + before);
            say("after:  " + after);
            say("result:\n" + tally.text());
            assertThat(server.process().isAlive()).isTrue();
            assertThat(tally.incidents()).isEmpty();
            assertThat(after.machines()).isZero();
            assertThat(after.zombies()).isZero();
            assertThat(after.sessions()).isEqualTo(before.sessions());
            assertThat(after.temporary()).isEqualTo(before.temporary());
            assertThat(after.descriptors()).isLessThanOrEqualTo(before.descriptors() + 4);
            assertThat(after.threadCount())
                    .as("%s; before: %s", after.threads(), before.threads())
                    .isLessThanOrEqualTo(before.threadCount() + 8);
            assertThat(after.heapKib()).isLessThanOrEqualTo(before.heapKib() + 8 * 1024);
        }
    }

    private void replay(Installation.Server server, String seeds) throws Exception {
        try (Canary canary = new Canary(server);
                Attacker attacker = new Attacker(server, canary, tally)) {
            for (String seed : seeds.split(",", -1)) {
                Snippet snippet = generator.of(Long.parseLong(seed));
                say("replaying " + snippet);
                attacker.run(snippet);
            }
        }
    }

    private void attack(
            Installation installation, Installation.Server server, Path temporary, long minutes)
            throws Exception {
        long seed = Long.getLong("hostile.seed", new Random().nextLong());
        int sessions = Integer.getInteger("hostile.sessions", 8);
        say("%d minutes, %d sessions, -Dhostile.seed=%d".formatted(minutes, sessions, seed));
        long end = System.nanoTime() + Duration.ofMinutes(minutes).toNanos();
        try (Canary canary = new Canary(server);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < sessions; i++) {
                Random seeds = new Random(seed + i);
                all.add(
                        threads.submit(
                                () -> {
                                    attack(server, canary, seeds, end);
                                    return null;
                                }));
            }
            for (long next = System.nanoTime();
                    next < end && all.stream().anyMatch(each -> !each.isDone());
                    next += REPORTS.toNanos()) {
                TimeUnit.NANOSECONDS.sleep(
                        Math.min(next + REPORTS.toNanos(), end) - System.nanoTime());
                HostUsage now = HostUsage.of(installation, server, temporary);
                say("canary: " + canary.text() + "\nnow:    " + now + "\n" + tally.text());
            }
            for (Future<?> each : all) {
                each.get();
            }
            assertThat(canary.failure()).isEmpty();
        }
    }

    private void attack(Installation.Server server, Canary canary, Random seeds, long end)
            throws Exception {
        try (Attacker attacker = new Attacker(server, canary, tally)) {
            while (System.nanoTime() < end) {
                attacker.run(generator.of(seeds.nextLong()));
            }
        }
    }

    private static boolean hasTemplate(Installation installation) throws Exception {
        return !installation.output("template", "list").isBlank();
    }

    private static boolean noMachines(Installation.Server server) {
        return Installation.machines(server.process()).isEmpty();
    }

    private static void say(String text) {
        Arrays.stream(text.split("\n", -1))
                .forEach(
                        line ->
                                System.out.println(
                                        LocalTime.now(ZoneId.systemDefault())
                                                        .truncatedTo(ChronoUnit.SECONDS)
                                                + " "
                                                + line));
    }
}
