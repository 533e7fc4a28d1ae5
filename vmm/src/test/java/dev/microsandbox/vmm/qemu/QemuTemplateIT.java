package dev.microsandbox.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.microsandbox.vmm.ExecRequest;
import dev.microsandbox.vmm.Recorder;
import dev.microsandbox.vmm.RunRequest;
import dev.microsandbox.vmm.RunResult;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxStartException;
import dev.microsandbox.vmm.TestSandboxes;
import dev.microsandbox.vmm.agent.AgentSandbox;
import dev.microsandbox.vmm.agent.QuiescedConnection;
import dev.microsandbox.vmm.agent.RenewRequest;
import dev.microsandbox.vmm.machine.GuestFiles;
import dev.microsandbox.vmm.machine.GuestMachine;
import dev.microsandbox.vmm.storage.Sha256;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Machines that start from a template of the default image with running interpreters. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(300)
class QemuTemplateIT {

    private static final int CLONES = 20;
    private static final int AT_A_TIME = 3;
    private static final QemuMachineKind KIND = new QemuMachineKind("QEMU");
    private static final SandboxConfig CONFIG = SandboxConfig.DEFAULT;
    private static final AtomicInteger STARTED = new AtomicInteger();

    @TempDir private static Path directory;

    private GuestFiles guest;
    private Path saved;
    private QemuTemplate template;

    @BeforeAll
    void save() throws Exception {
        guest = TestSandboxes.guestFiles();
        saved = directory.resolve("template");
        long start = System.nanoTime();
        QemuTemplateMachine machine = QemuTemplateMachine.start("original", guest, CONFIG, KIND);
        try (AgentSandbox sandbox = AgentSandbox.connect("original", machine, CONFIG)) {
            assertThat(run(sandbox, "python", "kept = 41; kept + 1")).isEqualTo("42");
            report("boot to the first answer of Python", start);
            sandbox.warm("python", List.of("numpy", "random", "uuid"));
            sandbox.warm("javascript", List.of());
            start = System.nanoTime();
            try (QuiescedConnection _ = sandbox.quiesce(Duration.ofSeconds(30))) {
                machine.save(saved);
            }
            report("saving", start);
        }
        start = System.nanoTime();
        template = QemuTemplate.open(saved, guest, KIND);
        report("opening", start);
    }

    @AfterAll
    void close() {
        if (template != null) {
            template.close();
        }
    }

    @Test
    void machinesOfATemplateAreDifferentOnesAndLeaveNothing() throws Exception {
        clone("first", _ -> List.of());
        awaitNoMachine();
        Map<String, String> files = hashes();
        long descriptors = descriptors();
        List<List<String>> found = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(AT_A_TIME)) {
            List<Future<List<String>>> results =
                    Stream.generate(() -> threads.submit(() -> clone("clone", this::identity)))
                            .limit(CLONES)
                            .toList();
            for (Future<List<String>> result : results) {
                found.add(result.get());
            }
        }
        for (int column = 0; column < found.getFirst().size(); column++) {
            int of = column;
            assertThat(found.stream().map(row -> row.get(of))).doesNotHaveDuplicates();
        }
        assertThat(hashes()).isEqualTo(files);
        awaitNoMachine();
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(descriptors()).isLessThanOrEqualTo(descriptors));
        try (Stream<Path> temporary = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            assertThat(
                            temporary.filter(
                                    path ->
                                            path.getFileName()
                                                    .toString()
                                                    .matches("microsandbox-[0-9]+")))
                    .isEmpty();
        }
    }

    /** Random numbers and names. */
    private List<String> identity(AgentSandbox sandbox) throws Exception {
        List<String> found = new ArrayList<>();
        assertThat(run(sandbox, "python", "import sys; kept, 'numpy' in sys.modules"))
                .isEqualTo("(41, True)");
        Instant asked = Instant.now();
        Instant told = sandbox.info().clock();
        assertThat(told).isBetween(asked.minusSeconds(2), Instant.now().plusSeconds(2));
        for (String draw :
                List.of(
                        "import os; os.urandom(16).hex()",
                        "import random; random.random()",
                        "import numpy; numpy.random.random()",
                        "import uuid; uuid.uuid4()")) {
            found.add(run(sandbox, "python", draw));
        }
        found.add(run(sandbox, "javascript", "Math.random()"));
        found.add(shell(sandbox, "hostname"));
        found.add(shell(sandbox, "cat /etc/machine-id"));
        return found;
    }

    @Test
    void aMachineCannotChangeWhatTheOthersGet() throws Exception {
        clone(
                "hostile",
                _ -> {
                    ProcessHandle qemu = qemus().getFirst();
                    int sealed = 0;
                    try (Stream<Path> files = Files.list(fd(qemu))) {
                        for (Path file : files.toList()) {
                            String target = Files.readSymbolicLink(file).toString();
                            assertThat(target).doesNotStartWith(directory.toString());
                            if (target.startsWith("/memfd:")) {
                                sealed++;
                                assertThatIOException()
                                        .as("%s, even for this user", target)
                                        .isThrownBy(() -> write(file))
                                        .withMessageContaining("not permitted");
                            }
                        }
                    }
                    assertThat(sealed).isGreaterThanOrEqualTo(2);
                    return List.of();
                });
    }

    @Test
    void theUserOfAMachineCannotReachTheTemplatesFiles() throws Exception {
        Assumptions.assumeTrue(
                Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid")),
                "skipped: QEMU has a user of its own only where this is run by root");
        clone(
                "user",
                _ -> {
                    Object user =
                            Files.getAttribute(
                                    Path.of("/proc/" + qemus().getFirst().pid()), "unix:uid");
                    for (String file : List.of("memory", "state", "manifest")) {
                        for (String access : List.of("<", ">>")) {
                            Process attempt =
                                    new ProcessBuilder(
                                                    "setpriv",
                                                    "--reuid=" + user,
                                                    "--clear-groups",
                                                    "sh",
                                                    "-c",
                                                    ": " + access + " \"$1\"",
                                                    "sh",
                                                    saved.resolve(file).toString())
                                            .redirectErrorStream(true)
                                            .start();
                            assertThat(attempt.inputReader().readAllAsString())
                                    .contains("Permission denied");
                        }
                    }
                    return List.of();
                });
    }

    @Test
    void whatIsKilledWhileItIsSavedIsNotThere() throws Exception {
        QemuTemplateMachine machine = QemuTemplateMachine.start("killed", guest, CONFIG, KIND);
        ProcessHandle qemu = qemus().getFirst();
        // QEMU does not answer, so it is killed in the middle of saving.
        signal("STOP", qemu);
        Path target = directory.resolve("killed");
        try (ExecutorService thread = Executors.newSingleThreadExecutor()) {
            Future<?> saving =
                    thread.submit(
                            () -> {
                                machine.save(target);
                                return null;
                            });
            await().atMost(Duration.ofSeconds(10)).until(QemuTemplateIT::isSaving);
            signal("KILL", qemu);
            assertThatThrownBy(saving::get)
                    .hasCauseInstanceOf(QemuTemplateException.class)
                    .hasMessageContaining("QEMU has closed its monitor");
        }
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).containsExactly(saved);
        }
        assertThatThrownBy(() -> QemuTemplate.open(target, guest, KIND))
                .isInstanceOf(QemuTemplateException.class)
                .hasMessageContaining("manifest is missing");
        machine.stop();
        awaitNoMachine();
    }

    private static boolean isSaving() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.anyMatch(file -> file.toString().endsWith(".partial"));
        }
    }

    @Test
    void aTemplateIsNotReplaced() throws Exception {
        Map<String, String> files = hashes();
        QemuTemplateMachine machine = QemuTemplateMachine.start("second", guest, CONFIG, KIND);
        assertThatThrownBy(() -> machine.save(saved))
                .isInstanceOf(QemuTemplateException.class)
                .hasMessageEndingWith("it is there already");
        assertThat(hashes()).isEqualTo(files);
        awaitNoMachine();
    }

    @Test
    void aStateThatQemuRefusesIsAnErrorWithItsReason() throws Exception {
        Path other = Files.createDirectory(directory.resolve("other"));
        byte[] state = "no state".getBytes(StandardCharsets.US_ASCII);
        SavedManifest old =
                SavedManifest.read(SavedManifest.Contents.TEMPLATE, saved.resolve("manifest"));
        Files.createLink(other.resolve("memory"), saved.resolve("memory"));
        Files.write(other.resolve("state"), state);
        Files.write(
                other.resolve("manifest"),
                new SavedManifest(
                                old.contents(),
                                old.qemu(),
                                old.machine(),
                                old.kernelSha256(),
                                old.rootfsSha256(),
                                old.cpus(),
                                old.memoryBytes(),
                                Map.of("memory", old.hash("memory"), "state", Sha256.of(state)))
                        .encode());
        try (QemuTemplate damaged = QemuTemplate.open(other, guest, KIND)) {
            assertThatThrownBy(() -> damaged.start("damaged", CONFIG))
                    .isInstanceOf(SandboxStartException.class)
                    .hasMessageStartingWith("The sandbox did not start: ")
                    .hasMessageContaining("Not a migration stream");
        } finally {
            try (Stream<Path> files = Files.list(other)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(other);
        }
        awaitNoMachine();
    }

    @Test
    void aClosedTemplateStartsNothing() throws Exception {
        QemuTemplate other = QemuTemplate.open(saved, guest, KIND);
        other.close();
        other.close();
        assertThatThrownBy(() -> other.start("none", CONFIG))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the template is closed");
        assertThatThrownBy(() -> template.start("none", CONFIG.withCpus(2)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1 cpus");
    }

    private interface Use {
        List<String> of(AgentSandbox sandbox) throws Exception;
    }

    private List<String> clone(String prefix, Use use) throws Exception {
        String name = prefix + "-" + STARTED.incrementAndGet();
        long start = System.nanoTime();
        GuestMachine machine = template.start(name, CONFIG);
        long running = System.nanoTime();
        try (AgentSandbox sandbox =
                AgentSandbox.adopt(
                        name,
                        machine,
                        CONFIG,
                        RenewRequest.of(SandboxConfig.DEFAULT.withHostName(name)))) {
            long adopted = System.nanoTime();
            assertThat(run(sandbox, "python", "1 + 1")).isEqualTo("2");
            report(
                    "%s: running after %d ms, adopted after %d ms, first answer"
                            .formatted(
                                    name,
                                    (running - start) / 1_000_000,
                                    (adopted - start) / 1_000_000),
                    start);
            List<String> result = use.of(sandbox);
            if (prefix.equals("first")) {
                memory(qemus().getFirst());
            }
            return result;
        }
    }

    private static String run(AgentSandbox sandbox, String language, String code)
            throws InterruptedException {
        Recorder output = new Recorder();
        RunResult result = sandbox.run(RunRequest.of(language, code), output);
        assertThat(result.outcome()).as(output.err()).isEqualTo(RunResult.Outcome.FINISHED);
        return output.result();
    }

    private static String shell(AgentSandbox sandbox, String command) throws InterruptedException {
        Recorder output = new Recorder();
        sandbox.exec(ExecRequest.of("sh", "-c", command), output);
        return output.out().strip();
    }

    private Map<String, String> hashes() throws Exception {
        Map<String, String> hashes = new TreeMap<>();
        try (Stream<Path> files = Files.list(saved)) {
            for (Path file : files.toList()) {
                MessageDigest digest = MessageDigest.getInstance("SHA-256");
                try (var input = new DigestInputStream(Files.newInputStream(file), digest)) {
                    long _ = input.transferTo(OutputStream.nullOutputStream());
                }
                hashes.put(
                        file.getFileName().toString(), HexFormat.of().formatHex(digest.digest()));
            }
        }
        assertThat(hashes).containsOnlyKeys("manifest", "memory", "state");
        return hashes;
    }

    private static void write(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(1), 0);
        }
    }

    private static void signal(String name, ProcessHandle process) throws Exception {
        assertThat(
                        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                                .start()
                                .waitFor())
                .isZero();
    }

    private static Path fd(ProcessHandle process) {
        return Path.of("/proc/" + process.pid() + "/fd");
    }

    private static long descriptors() throws IOException {
        try (Stream<Path> files = Files.list(fd(ProcessHandle.current()))) {
            return files.count();
        }
    }

    private static List<ProcessHandle> qemus() {
        return ProcessHandle.current()
                .descendants()
                .filter(p -> p.info().command().orElse("").contains("qemu-system"))
                .toList();
    }

    private static void awaitNoMachine() {
        await().atMost(Duration.ofSeconds(10)).until(() -> qemus().isEmpty());
    }

    private static void memory(ProcessHandle process) throws IOException {
        Path file = Path.of("/proc/" + process.pid() + "/smaps_rollup");
        for (String line : Files.readAllLines(file)) {
            if (line.matches("(Pss|Pss_Anon|Pss_Shmem|Private_Dirty):.*")) {
                System.out.println("[template] a machine's " + line.replaceAll(" +", " "));
            }
        }
    }

    private static void report(String what, long start) {
        System.out.printf(
                Locale.ROOT,
                "[template] %s: %d ms%n",
                what,
                (System.nanoTime() - start) / 1_000_000);
    }
}
