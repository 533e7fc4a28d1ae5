package dev.microsandbox.mcp.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.microsandbox.vmm.confine.ThreadStates;
import dev.microsandbox.vmm.storage.FileTree;
import java.io.IOException;
import java.io.OutputStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A front and its workers, started by the launcher as the scripts start them. Their files are below
 * a directory that others may pass through, so that workers get users of their own where that is
 * possible at all.
 */
@Timeout(180)
class WorkersIT {

    private static final int FIRST_USER = 60_706;
    private static final int LAST_USER = 61_183;

    private Path base;
    private Path home;
    private LaunchedServer.Program program;
    private final Map<String, String> environment = new HashMap<>();

    /** The servers that were started. */
    private final List<LaunchedServer> started = new ArrayList<>();

    @BeforeEach
    void install() throws Exception {
        base = Files.createTempDirectory(Path.of("/var/tmp"), "microsandbox-");
        Files.setPosixFilePermissions(base, PosixFilePermissions.fromString("rwx--x--x"));
        program = LaunchedServer.Program.in(base);
        home = Files.createDirectory(base.resolve("home"));
        environment.putAll(Installation.in(home).environment());
        environment.put("MICROSANDBOX_WORKERS", "namespace");
        linkAssets();
    }

    /** The user's images, without a way through the user's home. */
    private void linkAssets() throws IOException {
        Path link = home.resolve("assets");
        Path assets = link.toRealPath();
        Files.delete(link);
        try (Stream<Path> all = Files.walk(assets)) {
            for (Path each : all.toList()) {
                Path mine = link.resolve(assets.relativize(each).toString());
                if (Files.isDirectory(each)) {
                    Files.createDirectory(mine);
                } else {
                    Files.createLink(mine, each);
                }
            }
        }
    }

    @AfterEach
    void remove() throws Exception {
        for (LaunchedServer each : started) {
            if (each.launcher().isAlive()) {
                each.stop();
            }
        }
        FileTree.delete(base);
    }

    private Installation.Server serve() throws IOException {
        LaunchedServer server = program.serve(environment);
        started.add(server);
        server.awaitHealth();
        return new Installation.Server(server.launcher(), server.port());
    }

    private LaunchedServer running() {
        return started.getLast();
    }

    private String key(String namespace) throws Exception {
        String said =
                new Installation(home, Map.of()).output("key", "create", "--namespace", namespace);
        return said.lines().filter(line -> line.startsWith("msb_")).findFirst().orElseThrow();
    }

    private static boolean mayChangeUsers() {
        return System.getProperty("user.name").equals("root");
    }

    @Test
    void eachNamespaceHasAConfinedProcessAndAUserOfItsOwn() throws Exception {
        String first = key("one");
        String second = key("two");
        Installation.Server server = serve();
        try (HttpClientSession one = new HttpClientSession(server, first);
                HttpClientSession two = new HttpClientSession(server, second)) {
            assertThat(one.call("run_code", Map.of("code", "print(6 * 7)")).text()).contains("42");
            assertThat(two.call("run_code", Map.of("code", "print(6 * 7)")).text()).contains("42");
            assertThat(running().workers()).hasSize(2);
            for (String name : List.of("one", "two")) {
                ThreadStates threads = ThreadStates.of(running().worker(name).pid());
                assertThat(threads.capabilities()).as("capabilities").isZero();
                assertThat(threads.noNewPrivs()).as("no_new_privs").isTrue();
                assertThat(threads.filtered()).as("seccomp").isTrue();
            }
            if (mayChangeUsers()) {
                assertThat(user("one")).isBetween(FIRST_USER, LAST_USER);
                assertThat(user("two")).isBetween(FIRST_USER, LAST_USER).isNotEqualTo(user("one"));
            }
        }
    }

    private int user(String namespace) throws IOException {
        Path status = Path.of("/proc", Long.toString(running().worker(namespace).pid()), "status");
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("Uid:"))
                .map(line -> Integer.parseInt(line.split("\\s+", -1)[1]))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void nothingThatTheThiefTriesSucceeds() throws Exception {
        String thieving = key("thief");
        String other = key("victim");
        Files.writeString(home.resolve("namespaces/victim.yaml"), "cpus: 1\n");
        Files.writeString(home.resolve("config.yaml"), "log_level: info\n");
        Path agent = program.directory().resolve("intruder.jar");
        jar(agent);
        environment.put("JAVA_TOOL_OPTIONS", "-javaagent:" + agent + "=" + home);
        Installation.Server server = serve();
        try (HttpClientSession thief = new HttpClientSession(server, thieving);
                HttpClientSession victim = new HttpClientSession(server, other)) {
            victim.call("run_code", Map.of("code", "secret = 42"));
            thief.call("run_code", Map.of("code", "print(1)"));
            Path sessions = home.resolve("tenants/victim/sessions");
            Files.writeString(sessions.resolve("marker"), "of the victim");
            Path own = home.resolve("tenants/thief/tmp");
            Path begin = own.resolve("begin.draft");
            Files.writeString(begin, Long.toString(running().server().pid()));
            Files.setPosixFilePermissions(begin, PosixFilePermissions.fromString("rw-r--r--"));
            Files.move(begin, own.resolve("begin"));
            await().atMost(Duration.ofSeconds(30)).until(() -> Files.exists(own.resolve("report")));
            List<String> report = Files.readAllLines(own.resolve("report"));
            assertThat(report).hasSizeGreaterThan(40).contains("control: its own=ok");
            assertThat(report)
                    .filteredOn(line -> line.endsWith("=ok"))
                    // What every process may list of its launcher's files is the images.
                    .containsExactly("control: its own=ok");
            assertThat(victim.call("run_code", Map.of("code", "print(secret)")).text())
                    .contains("42");
        }
    }

    private static void jar(Path file) throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes()
                .put(new Attributes.Name("Premain-Class"), TenantIntruder.class.getName());
        try (OutputStream out = Files.newOutputStream(file);
                JarOutputStream jar = new JarOutputStream(out, manifest)) {
            for (String name : List.of("TenantIntruder", "TenantIntruder$Attempt")) {
                String entry =
                        TenantIntruder.class.getPackageName().replace('.', '/')
                                + "/"
                                + name
                                + ".class";
                jar.putNextEntry(new JarEntry(entry));
                try (var in = TenantIntruder.class.getResourceAsStream("/" + entry)) {
                    jar.write(in.readAllBytes());
                }
                jar.closeEntry();
            }
        }
    }

    @Test
    void theDeathOfAWorkerCostsItsOwnCallsOnly() throws Exception {
        String first = key("one");
        String second = key("two");
        Installation.Server server = serve();
        try (HttpClientSession one = new HttpClientSession(server, first);
                HttpClientSession two = new HttpClientSession(server, second)) {
            one.call("run_code", Map.of("code", "x = 42"));
            one.call("checkpoint", Map.of());
            two.call("run_code", Map.of("code", "n = 0"));
            AtomicInteger calls = new AtomicInteger();
            AtomicBoolean enough = new AtomicBoolean();
            Thread others =
                    Thread.ofVirtual()
                            .start(
                                    () -> {
                                        while (!enough.get()) {
                                            if (succeeds(two)) {
                                                calls.incrementAndGet();
                                            } else {
                                                calls.addAndGet(-1_000_000);
                                            }
                                        }
                                    });
            HttpClientSession.Started running =
                    one.start("run_command", Map.of("command", "sleep 60"), Duration.ofMinutes(2));
            await().until(() -> calls.get() > 5 && isRunning(one, "sleep"));
            ProcessHandle worker = running().worker("one");
            boolean _ = worker.destroyForcibly();
            HttpResponse<String> told = running.response().get();
            assertThat(told.body())
                    .contains("has ended, and this call with it")
                    .contains("\"id\":" + running.request());
            int before = calls.get();
            assertThat(one.call("restore", Map.of()).isError()).isFalse();
            assertThat(one.call("run_code", Map.of("code", "print(x)")).text()).contains("42");
            await().until(() -> calls.get() > before + 5);
            enough.set(true);
            others.join();
            assertThat(calls.get()).as("calls of the other namespace").isPositive();
            assertThat(running().worker("one").pid()).isNotEqualTo(worker.pid());
        }
    }

    private static boolean succeeds(HttpClientSession session) {
        try {
            return !session.call("run_code", Map.of("code", "n += 1")).isError();
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Test
    void theDeathOfTheFrontSuspendsAllComputers() throws Exception {
        String key = key("one");
        Installation.Server server = serve();
        try (HttpClientSession session = new HttpClientSession(server, key)) {
            session.call("run_code", Map.of("code", "x = 42"));
            boolean _ = running().server().destroyForcibly();
            assertThat(running().launcher().waitFor()).isEqualTo(128 + 9);
            assertThat(home.resolve("tenants/one/run/control.sock")).doesNotExist();
            session.moveTo(serve());
            HttpClientSession.Answer answer = session.call("run_code", Map.of("code", "print(x)"));
            assertThat(answer.text()).contains("42").contains("nothing is lost");
        }
    }

    @Test
    void aServerFindsItsSessionsWhicheverWayItRanBefore() throws Exception {
        String key = key("one");
        environment.put("MICROSANDBOX_WORKERS", "shared");
        Installation.Server server = serve();
        try (HttpClientSession session = new HttpClientSession(server, key)) {
            session.call("run_code", Map.of("code", "x = 1"));
            int stops = 0;
            for (String mode : List.of("namespace", "shared", "namespace")) {
                int status = running().stop();
                assertThat(status).as("stop %d", ++stops).isEqualTo(128 + 15);
                environment.put("MICROSANDBOX_WORKERS", mode);
                session.moveTo(serve());
                assertThat(session.call("run_code", Map.of("code", "x += 1; print(x)")).text())
                        .as(mode)
                        .contains(Integer.toString(1 + stops));
            }
        }
    }

    @Test
    void aSecondFrontOnTheSameHomeIsRefused() throws Exception {
        key("one");
        Installation.Server _ = serve();
        LaunchedServer second = program.serve(environment);
        assertThat(second.launcher().waitFor()).isEqualTo(1);
        assertThat(second.log()).content().contains("Another server with workers runs on " + home);
    }

    @Test
    void aRunningCallFinishesBeforeTheServerStops() throws Exception {
        String key = key("one");
        Installation.Server server = serve();
        try (HttpClientSession session = new HttpClientSession(server, key)) {
            session.call("run_code", Map.of("code", "x = 1"));
            HttpClientSession.Started call =
                    session.start(
                            "run_command",
                            Map.of("command", "sleep 3; echo done"),
                            Duration.ofMinutes(1));
            await().until(() -> isRunning(session, "sleep"));
            running().stop();
            HttpResponse<String> answer = call.response().get();
            assertThat(call.answer(answer).orElseThrow().text()).contains("done");
            assertThat(ProcessHandle.allProcesses().anyMatch(this::isOfThisHome)).isFalse();
        }
    }

    private static boolean isRunning(HttpClientSession session, String program) throws Exception {
        return session.call("run_command", Map.of("command", "pgrep -c " + program))
                .text()
                .contains("exit=0");
    }

    private boolean isOfThisHome(ProcessHandle process) {
        try {
            Path words = Path.of("/proc", Long.toString(process.pid()), "cmdline");
            return Files.readString(words, StandardCharsets.ISO_8859_1).contains(base.toString());
        } catch (IOException e) {
            return false;
        }
    }
}
