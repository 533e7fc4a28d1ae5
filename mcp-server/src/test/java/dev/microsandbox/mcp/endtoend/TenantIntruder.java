package dev.microsandbox.mcp.endtoend;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A guest that has taken over the worker of one namespace, and wants what is another's: an agent
 * that is loaded into a worker's JVM when it starts, and begins once the worker is confined. It
 * depends on nothing but the JDK.
 */
public final class TenantIntruder {

    private static final String OWN = "thief";

    private final List<String> report = new ArrayList<>();

    private TenantIntruder() {}

    private interface Attempt {
        void run() throws Throwable;
    }

    /**
     * Entered in every JVM of the server. Only the thief's worker does something.
     *
     * @param home the server's home
     */
    public static void premain(String home) {
        String command = System.getProperty("sun.java.command", "");
        if (command.endsWith("--namespace " + OWN)) {
            Thread.ofPlatform().daemon().start(() -> run(Path.of(home)));
        }
    }

    private static void run(Path home) {
        Path own = home.resolve("tenants").resolve(OWN).resolve("tmp");
        try {
            // The test asks for it when the victim runs.
            while (Files.notExists(own.resolve("begin"))) {
                Thread.sleep(50);
            }
            TenantIntruder intruder = new TenantIntruder();
            long front = Long.parseLong(Files.readString(own.resolve("begin")));
            intruder.tryFiles(home);
            intruder.tryProcesses(front);
            intruder.attempt(
                    "control: its own", () -> Files.writeString(own.resolve("mine"), "here"));
            Files.write(own.resolve("draft"), intruder.report);
            Files.move(own.resolve("draft"), own.resolve("report"));
        } catch (IOException e) {
            System.err.println("the intruder fails: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void tryFiles(Path home) {
        Path victim = home.resolve("tenants/victim");
        attempt("list-home", () -> list(home));
        attempt("list-tenants", () -> list(home.resolve("tenants")));
        attempt("list-victim", () -> list(victim));
        attempt("list-sessions", () -> list(victim.resolve("sessions")));
        attempt("read-marker", () -> Files.readString(victim.resolve("sessions/marker")));
        attempt("write-sessions", () -> Files.writeString(victim.resolve("sessions/x"), "x"));
        attempt("list-run", () -> list(victim.resolve("run")));
        attempt("delete-socket", () -> Files.delete(victim.resolve("run/http.sock")));
        attempt("connect", () -> connect(victim.resolve("run/http.sock")));
        attempt("connect-own", () -> connect(home.resolve("tenants/thief/run/http.sock")));
        attempt("rename-victim", () -> Files.move(victim, victim.resolveSibling("gone")));
        attempt("list-keys", () -> list(home.resolve("namespaces/keys")));
        attempt("list-namespaces", () -> list(home.resolve("namespaces")));
        attempt("read-settings", () -> Files.readString(home.resolve("namespaces/victim.yaml")));
        attempt("read-config", () -> Files.readString(home.resolve("config.yaml")));
        attempt("list-shared-sessions", () -> list(home.resolve("sessions")));
        attempt("plant-image", () -> Files.writeString(home.resolve("assets/x"), "x"));
        attempt("plant-template", () -> Files.createDirectory(home.resolve("templates/x")));
        attempt("write-home", () -> Files.writeString(home.resolve("x"), "x"));
        attempt("write-tmp", () -> Files.createTempFile(Path.of("/tmp"), "intruder", null));
        attempt("read-shadow", () -> Files.readString(Path.of("/etc/shadow")));
        Path link = home.resolve("tenants/thief/links/shadow");
        attempt("link-shadow", () -> Files.createLink(link, Path.of("/etc/shadow")));
        attempt("link-marker", () -> Files.createLink(link, victim.resolve("sessions/marker")));
        attempt("open-kvm", () -> Files.newByteChannel(Path.of("/dev/kvm")).close());
    }

    private void tryProcesses(long front) {
        attempt("start-program", () -> new ProcessBuilder("/bin/true").start().waitFor());
        tryProcess("front", front);
        long self = ProcessHandle.current().pid();
        // Also QEMU's processes, with their guests' memory.
        try (Stream<ProcessHandle> all = ProcessHandle.allProcesses()) {
            for (ProcessHandle one : all.filter(other -> other.pid() != self).toList()) {
                Optional<String> command = one.info().command();
                tryProcess(command.orElse("unknown") + "-" + one.pid(), one.pid());
            }
        }
    }

    private void tryProcess(String name, long pid) {
        Path process = Path.of("/proc", Long.toString(pid));
        attempt("memory-of-" + name, () -> readSome(process.resolve("mem")));
        attempt("environment-of-" + name, () -> Files.readAllBytes(process.resolve("environ")));
        attempt("descriptors-of-" + name, () -> list(process.resolve("fd")));
        attempt("root-of-" + name, () -> list(process.resolve("root")));
        attempt("maps-of-" + name, () -> readSome(process.resolve("maps")));
        // Harmless where it is let through: it has a handler, or is not running.
        attempt(
                "signal-to-" + name,
                () -> {
                    if (!ProcessHandle.of(pid).map(ProcessHandle::destroy).orElse(false)) {
                        throw new IOException("not permitted");
                    }
                });
    }

    private static void connect(Path socket) throws IOException {
        SocketChannel.open(UnixDomainSocketAddress.of(socket)).close();
    }

    private static void readSome(Path file) throws IOException {
        try (var in = Files.newInputStream(file, StandardOpenOption.READ)) {
            if (in.readNBytes(16).length == 0) {
                throw new IOException("nothing to be read");
            }
        }
    }

    private static void list(Path directory) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            boolean _ = files.iterator().hasNext();
        }
    }

    private void attempt(String name, Attempt attempt) {
        String result = "ok";
        try {
            attempt.run();
        } catch (Throwable e) {
            result = e.toString();
        }
        report.add(name + "=" + result);
    }
}
