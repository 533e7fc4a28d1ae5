package dev.microsandbox.mcp.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.tools.attach.VirtualMachine;
import dev.microsandbox.vmm.confine.ThreadStates;
import dev.microsandbox.vmm.storage.FileTree;
import java.io.IOException;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/**
 * A real {@code msb serve}, started by the launcher as the scripts start it, and what somebody who
 * has taken it over can do. Its files are not below /tmp, where a server may write.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class ConfinedServerIT {

    private Path base;
    private Path home;
    private Path outside;
    private Path jar;
    private LaunchedServer started;
    private ServerSocketChannel service;
    private Process launcher;
    private ProcessHandle server;

    /** Which processes the server has. */
    String workers() {
        return "shared";
    }

    @BeforeAll
    void start() throws Exception {
        base = Files.createTempDirectory(Path.of("/var/tmp"), "microsandbox-");
        outside = Files.createDirectory(base.resolve("outside"));
        service = listen(outside);
        Files.writeString(outside.resolve("secret"), "of somebody else");
        LaunchedServer.Program program = LaunchedServer.Program.in(base);
        jar = program.jar();
        home = Files.createDirectory(base.resolve("home"));
        Map<String, String> environment = new HashMap<>(Installation.in(home).environment());
        environment.put("MICROSANDBOX_WORKERS", workers());
        started = program.serve(environment);
        launcher = started.launcher();
        started.awaitLog("onfined:");
        assertThat(started.log()).content().contains("Confined:").doesNotContain("Not confined");
        server = launcher.children().findFirst().orElseThrow();
        jar(home.resolve("intruder.jar"));
    }

    @AfterAll
    void stop() throws Exception {
        if (started != null) {
            started.stop();
        }
        service.close();
        Files.deleteIfExists(Path.of("/tmp", "microsandbox-planted-" + server.pid()));
        FileTree.delete(base);
    }

    /** Somebody else's service, which obeys whoever may connect to its socket. */
    private static ServerSocketChannel listen(Path directory) throws IOException {
        return ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                .bind(UnixDomainSocketAddress.of(directory.resolve("service")));
    }

    @Test
    void everyThreadIsConfined() throws Exception {
        ThreadStates threads = ThreadStates.of(server.pid());
        assertThat(threads.threads()).isGreaterThan(5);
        assertThat(threads.capabilities()).as("capabilities").isZero();
        assertThat(threads.noNewPrivs()).as("no_new_privs").isTrue();
        assertThat(threads.filtered()).as("seccomp").isTrue();
    }

    @Test
    void nothingThatAnIntruderTriesSucceeds() throws Exception {
        Path report = home.resolve("report");
        VirtualMachine machine = VirtualMachine.attach(Long.toString(server.pid()));
        try {
            machine.loadAgent(
                    home.resolve("intruder.jar").toString(),
                    String.join(
                            "|",
                            report.toString(),
                            outside.toString(),
                            jar.toString(),
                            Long.toString(ProcessHandle.current().pid())));
        } finally {
            machine.detach();
        }
        assertThat(Files.readAllLines(report))
                .hasSizeGreaterThan(40)
                .noneMatch(line -> line.endsWith("=ok"));
        assertThat(outside.resolve("secret")).hasContent("of somebody else");
    }

    /** Shows that the attempts succeed where nothing confines them. */
    @Test
    void theSameSucceedsInAnotherProcess() throws Exception {
        Path mine = Files.createDirectory(base.resolve("mine"));
        Files.writeString(mine.resolve("secret"), "of this test");
        Path file = Files.writeString(mine.resolve("program"), "");
        Process sleep = new ProcessBuilder("sleep", "30").start();
        try (ServerSocketChannel _ = listen(mine)) {
            assertThat(Intruder.tryFilesAndProcesses(mine, file, sleep.pid()))
                    .contains(
                            "read-secret=ok",
                            "list-outside=ok",
                            "open-to-all=ok",
                            "forge-time=ok",
                            "connect-to-service=ok",
                            "plant-link=ok",
                            "list-root=ok",
                            "write-outside=ok",
                            "delete-secret=ok",
                            "write-program=ok",
                            "start-program=ok",
                            "read-environment=ok",
                            "follow-descriptor=ok");
        } finally {
            sleep.destroyForcibly();
            Files.deleteIfExists(Path.of("/var/tmp/mine"));
            Files.deleteIfExists(Intruder.link());
            Files.deleteIfExists(Path.of("/usr/lib/mine"));
        }
    }

    @Test
    void aHeapDumpLeavesTheHomeNever() throws Exception {
        Path wanted = outside.resolve("heap.hprof");
        assertThat(jcmd("GC.heap_dump", wanted.toString())).contains("Permission denied");
        assertThat(wanted).doesNotExist();
        Path allowed = home.resolve("heap.hprof");
        assertThat(jcmd("GC.heap_dump", allowed.toString())).contains("Heap dump file created");
        assertThat(allowed).exists();
    }

    /** Servers with other homes know of its QEMUs' users only by their locks in one place. */
    @Test
    void theUsersOfQemuAreLockedForTheWholeHost() throws Exception {
        assertThat(
                        Files.readString(Path.of("/proc/" + launcher.pid() + "/cmdline"))
                                .split("\0", -1))
                .containsSequence("--locks", "/run/microsandbox");
    }

    /** HotSpot leaves it for its performance data, and may not find back. */
    @Test
    void theWorkingDirectoryStays() throws Exception {
        assertThat(Files.readSymbolicLink(Path.of("/proc/" + server.pid() + "/cwd")))
                .isEqualTo(Path.of("").toRealPath());
    }

    @Test
    void debuggingWorks() throws Exception {
        assertThat(jcmd("Thread.print")).contains("Full thread dump");
        assertThat(jcmd("JFR.start", "name=debug")).contains("Started recording");
        Path recording = home.resolve("recording.jfr");
        assertThat(jcmd("JFR.dump", "name=debug", "filename=" + recording))
                .contains("Dumped recording");
        assertThat(recording).exists();
    }

    private String jcmd(String... arguments) throws Exception {
        Process process =
                new ProcessBuilder(
                                Stream.concat(
                                                Stream.of(
                                                        Path.of(
                                                                        System.getProperty(
                                                                                "java.home"),
                                                                        "bin",
                                                                        "jcmd")
                                                                .toString(),
                                                        Long.toString(server.pid())),
                                                Stream.of(arguments))
                                        .toList())
                        .redirectErrorStream(true)
                        .start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private static void jar(Path file) throws IOException {
        try (OutputStream out = Files.newOutputStream(file);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            add(zip, "META-INF/MANIFEST.MF", Intruder.manifest());
            for (String name : List.of("Intruder.class", "Intruder$Attempt.class")) {
                add(zip, entry(name), Intruder.classFile(name));
            }
        }
    }

    private static String entry(String name) {
        return Intruder.class.getPackageName().replace('.', '/') + "/" + name;
    }

    private static void add(ZipOutputStream zip, String name, byte[] content) throws IOException {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(content);
        zip.closeEntry();
    }
}
