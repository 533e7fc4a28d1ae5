package dev.microsandbox.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.microsandbox.vmm.ExecRequest;
import dev.microsandbox.vmm.Job;
import dev.microsandbox.vmm.JobOutput;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxFactory;
import dev.microsandbox.vmm.SandboxJobs;
import dev.microsandbox.vmm.TestSandboxes;
import dev.microsandbox.vmm.agent.AgentSandbox;
import dev.microsandbox.vmm.agent.QuiescedConnection;
import dev.microsandbox.vmm.agent.RenewRequest;
import dev.microsandbox.vmm.machine.GuestFiles;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Computers in software emulation are restored to exactly their state at the checkpoint. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(300)
class QemuCheckpointIT {

    private static final QemuMachineKind KIND = new QemuMachineKind("QEMU");
    private static final SandboxConfig CONFIG =
            SandboxConfig.DEFAULT.withMemoryBytes(256L << 20).withHostName("first");

    private static final SandboxConfig SMALL = CONFIG.withMemoryBytes(128L << 20);

    private static final int CHECKPOINTS = 10;

    /**
     * State to check: memory that is rewritten continuously, a file that is being read, one that
     * grows, a timer, and a long computation.
     */
    private static final String BEGIN =
            """
            import hashlib, os, random, subprocess, threading, time
            memory = bytearray(random.Random(1).randbytes(1 << 20))
            with open('lines', 'w') as f:
                f.writelines(f'{i}\\n' for i in range(1000))
            lines = open('lines')
            grows = open('grows', 'a')
            ticks = 0
            def tick():
                global ticks
                while True:
                    time.sleep(0.05)
                    ticks += 1
            threading.Thread(target=tick, daemon=True).start()
            def step(number):
                r = random.Random(number)
                for _ in range(300):
                    memory[r.randrange(len(memory))] = r.randrange(256)
                lines.readline()
                grows.write(f'step {number}\\n'); grows.flush()
            COMPUTE = '''
            import hashlib
            x = b''
            for i in range(100000):
                x = hashlib.sha256(x).digest()
                if i == 20000:
                    open('begun', 'w').close()
            open('result', 'w').write(x.hex())
            '''
            """;

    private static final String SUM =
            """
            before = ticks
            time.sleep(0.2)
            (hashlib.sha256(memory).hexdigest(), lines.tell(), open('grows').read(), sorted(os.listdir()),
             os.path.getsize('/tmp/blob'), ticks > before)""";

    @TempDir Path directory;

    private final SandboxFactory factory = TestSandboxes.qemu();

    private Sandbox sandbox;

    @BeforeAll
    void start() throws Exception {
        sandbox = factory.start(CONFIG);
        Emulated.run(sandbox, "python", BEGIN);
    }

    @AfterAll
    void close() {
        sandbox.close();
        Emulated.awaitProcesses(0);
    }

    @Test
    void tenCheckpointsAreRestoredInAnyOrder() throws Exception {
        Emulated.run(sandbox, "javascript", "let steps = []");
        List<String> sums = new ArrayList<>();
        for (int i = 0; i < CHECKPOINTS; i++) {
            step(i);
            sums.add(sum());
            long start = System.nanoTime();
            long bytes = sandbox.checkpoint(place(i));
            report("saved %d MiB".formatted(bytes >> 20), start);
            assertThat(bytes).isBetween(20L << 20, 200L << 20);
        }
        assertThat(sum()).as("it goes on").isEqualTo(sums.getLast());
        assertThat(new HashSet<>(sums)).hasSize(CHECKPOINTS);
        // The computation was paused ten times.
        assertThat(sandbox.info().clock()).isCloseTo(Instant.now(), within(700, ChronoUnit.MILLIS));
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < CHECKPOINTS; i++) {
            order.add(i);
        }
        Collections.shuffle(order, new Random(7));
        for (int i : order) {
            long start = System.nanoTime();
            sandbox.restore(place(i));
            report("restored", start);
            assertThat(sum()).as("checkpoint %d", i).isEqualTo(sums.get(i));
            Emulated.run(sandbox, "python", "step(%d)".formatted(100 + i));
        }
    }

    private Path place(int number) {
        return directory.resolve("c" + number);
    }

    private void step(int number) throws Exception {
        Emulated.run(sandbox, "python", "step(%d)".formatted(number));
        Emulated.run(sandbox, "javascript", "steps.push(%d); 0".formatted(number));
        Emulated.shell(
                sandbox,
                "variable=%d; head -c %d /dev/urandom > /tmp/blob; touch file%d"
                        .formatted(number, 1000 + number, number));
    }

    private String sum() throws Exception {
        return Emulated.run(sandbox, "python", SUM)
                + Emulated.run(sandbox, "javascript", "steps.join()")
                + Emulated.shell(sandbox, "echo $variable; md5sum /tmp/blob");
    }

    @Test
    void aComputationGoesOnFromItsMiddle() throws Exception {
        Path middle = directory.resolve("middle");
        Emulated.run(
                sandbox,
                "python",
                "p = subprocess.Popen(['python3', '-c', COMPUTE])\n"
                        + "while not os.path.exists('begun'): time.sleep(0.01)");
        sandbox.checkpoint(middle);
        String await = "(p.wait(), open('result').read())";
        String result = Emulated.run(sandbox, "python", await);
        assertThat(result).startsWith("(0, '");
        sandbox.restore(middle);
        assertThat(Emulated.run(sandbox, "python", "os.path.exists('result')")).isEqualTo("False");
        try (Sandbox fork = factory.resume(middle, CONFIG)) {
            assertThat(Emulated.run(fork, "python", await)).isEqualTo(result);
        }
        assertThat(Emulated.run(sandbox, "python", await)).isEqualTo(result);
    }

    /** Not even a waiting reader prevents a checkpoint. */
    @Test
    void aJobGoesOnToo() throws Exception {
        Path saved = directory.resolve("job");
        SandboxJobs jobs = sandbox.jobs();
        String count = "i=0; while :; do echo $((i += 1)); sleep 0.1; done";
        String id = jobs.start(ExecRequest.of("bash", "-c", count), "counts");
        int before = await(sandbox, id, 0);
        CompletableFuture<Job> waiting = new CompletableFuture<>();
        Thread.startVirtualThread(
                () -> {
                    try {
                        Duration patience = Duration.ofMinutes(2);
                        waiting.complete(jobs.read(id, Long.MAX_VALUE, 0, patience).job());
                    } catch (InterruptedException | RuntimeException e) {
                        waiting.completeExceptionally(e);
                    }
                });
        sandbox.checkpoint(saved);
        int after = await(sandbox, id, before);
        Job _ = jobs.stop(id, 0);
        assertThat(waiting.get(60, TimeUnit.SECONDS).exit().code()).isEqualTo(15);
        String undone = jobs.start(ExecRequest.of("true"), "");

        sandbox.restore(saved);
        assertThat(jobs.list()).extracting(Job::id).contains(id).doesNotContain(undone);
        assertThat(await(sandbox, id, before)).isGreaterThan(before);
        assertThat(jobs.read(id, 0, 100, Duration.ZERO).bytes())
                .startsWith("1\n2\n".getBytes(StandardCharsets.UTF_8));
        try (Sandbox fork = factory.resume(saved, CONFIG)) {
            assertThat(await(fork, id, after)).isGreaterThan(after);
            Job _ = jobs.stop(id, 0);
            assertThat(jobs.read(id, Long.MAX_VALUE, 0, Duration.ofSeconds(30)).job().isRunning())
                    .isFalse();
            Job _ = fork.jobs().stop(id, 9);
            JobOutput last = fork.jobs().read(id, Long.MAX_VALUE, 0, Duration.ofSeconds(30));
            assertThat(last.job().exit().code()).isEqualTo(9);
        }
    }

    /** Waits until the last number that the job has printed exceeds a given one, and returns it. */
    private static int await(Sandbox sandbox, String id, int number) throws Exception {
        long offset = 0;
        for (int i = 0; i < 600; i++) {
            JobOutput output = sandbox.jobs().read(id, offset, 60_000, Duration.ofSeconds(20));
            offset += output.bytes().length;
            String text = new String(output.bytes(), StandardCharsets.UTF_8).strip();
            String last = text.substring(text.lastIndexOf('\n') + 1);
            if (!last.isEmpty() && Integer.parseInt(last) > number) {
                return Integer.parseInt(last);
            }
        }
        throw new AssertionError("job " + id + " does not count beyond " + number);
    }

    @Test
    void forksAreComputersOfTheirOwn() throws Exception {
        String identity =
                "cat /proc/sys/kernel/random/uuid; cat /etc/machine-id; hostname; date +%Z; date +%s";
        Path saved = place(0);
        try (Sandbox first = factory.start(SMALL)) {
            Emulated.shell(first, "variable=41; echo one > mine");
            first.checkpoint(saved);
            Emulated.shell(first, "variable=42");
            try (Sandbox fork =
                    factory.resume(saved, SMALL.withHostName("fork").withTimeZone("Asia/Tokyo"))) {
                Thread.sleep(2000); // so that the checkpoint's clock is wrong
                first.restore(saved);
                Path other = place(1);
                fork.checkpoint(other);
                Emulated.deleteCheckpoint(saved);
                Emulated.shell(fork, "variable=43; echo fork > mine");
                Emulated.shell(first, "echo first > mine");
                assertThat(Emulated.shell(fork, "echo $variable; cat mine")).isEqualTo("43\nfork");
                assertThat(Emulated.shell(first, "echo $variable; cat mine"))
                        .isEqualTo("41\nfirst");
                fork.restore(other);
                try (Sandbox inUtc = factory.resume(other, SMALL.withTimeZone("UTC"))) {
                    assertThat(Emulated.shell(inUtc, "date +%Z")).isEqualTo("UTC");
                }
                Emulated.deleteCheckpoint(other);
                assertThat(Emulated.shell(fork, "echo $variable; cat mine")).isEqualTo("41\none");

                Set<String> random = new HashSet<>();
                List<String> ofFork = identity(fork, identity, random);
                List<String> ofFirst = identity(first, identity, random);
                assertThat(ofFork.subList(2, 4)).containsExactly("fork", "JST");
                assertThat(ofFirst.subList(2, 4)).containsExactly("first", "UTC");
                assertThat(random).hasSize(4);
            }
            assertThat(Emulated.shell(first, "echo $variable")).isEqualTo("41");
        }
        Emulated.awaitProcesses(1);
    }

    private static List<String> identity(Sandbox sandbox, String script, Set<String> random)
            throws Exception {
        List<String> lines = List.of(Emulated.shell(sandbox, script).split("\n", -1));
        random.addAll(lines.subList(0, 2));
        assertThat(Instant.ofEpochSecond(Long.parseLong(lines.get(4))))
                .isBetween(Instant.now().minusSeconds(2), Instant.now().plusSeconds(2));
        return lines;
    }

    @Test
    void aSandboxOfATemplateIsSavedAsAnyOther() throws Exception {
        GuestFiles guest = TestSandboxes.guestFiles();
        Path saved = directory.resolve("template");
        QemuTemplateMachine booted = QemuTemplateMachine.start("original", guest, SMALL, KIND);
        try (AgentSandbox original = AgentSandbox.connect("original", booted, SMALL)) {
            Emulated.shell(original, "variable=1");
            try (QuiescedConnection _ = original.quiesce(Duration.ofSeconds(30))) {
                booted.save(saved);
            }
        }
        try (QemuTemplate template = QemuTemplate.open(saved, guest, KIND);
                AgentSandbox clone =
                        AgentSandbox.adopt(
                                "clone",
                                template.start("clone", SMALL),
                                SMALL,
                                RenewRequest.of(SandboxConfig.DEFAULT.withHostName("clone")))) {
            Emulated.shell(clone, "variable=2");
            long start = System.nanoTime();
            clone.checkpoint(place(0));
            report("saved a clone", start);
            Emulated.shell(clone, "variable=3");
            clone.restore(place(0));
            assertThat(Emulated.shell(clone, "echo $variable")).isEqualTo("2");
            Emulated.shell(clone, "variable=4");
            clone.checkpoint(place(1));
            try (Sandbox fork = factory.resume(place(1), SMALL)) {
                assertThat(Emulated.shell(fork, "echo $variable")).isEqualTo("4");
            }
        }
        Emulated.awaitProcesses(1);
    }

    @Test
    void twentyRestoresLeaveNothing() throws Exception {
        try (Sandbox again = factory.start(SMALL)) {
            Emulated.shell(again, "variable=41");
            again.checkpoint(place(0));
            again.restore(place(0));
            Emulated.awaitProcesses(2);
            long descriptors = Emulated.descriptors();
            int threads = Emulated.entries(Path.of("/proc/self/task")).size();
            int temporary = temporary();
            for (int i = 0; i < 20; i++) {
                Emulated.shell(again, "variable=%d".formatted(i));
                again.restore(place(0));
                assertThat(Emulated.shell(again, "echo $variable")).isEqualTo("41");
            }
            Emulated.awaitProcesses(2);
            assertThat(Emulated.descriptors()).isLessThanOrEqualTo(descriptors + 2);
            assertThat(Emulated.entries(Path.of("/proc/self/task")).size())
                    .isLessThanOrEqualTo(threads + 4);
            assertThat(temporary()).isEqualTo(temporary);
            assertThat(Emulated.entries(directory)).containsExactly(place(0));
        }
        Emulated.awaitProcesses(1);
        assertThat(Emulated.entries(directory)).containsExactly(place(0));
    }

    private static int temporary() throws Exception {
        return (int)
                Emulated.entries(Path.of(System.getProperty("java.io.tmpdir"))).stream()
                        .filter(path -> path.getFileName().toString().startsWith("microsandbox-"))
                        .count();
    }

    private static void report(String what, long start) {
        System.out.printf(
                Locale.ROOT,
                "[checkpoint] %s: %d ms%n",
                what,
                (System.nanoTime() - start) / 1_000_000);
    }
}
