package dev.microsandbox.mcp.endtoend;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/**
 * Somebody who has taken over a server: an agent that a test loads into its JVM, and that tries
 * what would help it further. It depends on nothing but the JDK, because the server has nothing
 * else of the test's.
 */
public final class Intruder {

    private static final long ANY = -1;

    /** The lines of the report. */
    private final List<String> report = new ArrayList<>();

    private Intruder() {}

    /** What is tried, and fails with an exception if it is denied. */
    private interface Attempt {
        void run() throws Throwable;
    }

    /** Entered in the server's JVM. */
    public static void agentmain(String arguments) throws IOException {
        // FILE-FOR-THE-REPORT, then as tryAll
        String[] parts = arguments.split("\\|", -1);
        List<String> report =
                tryAll(Path.of(parts[1]), Path.of(parts[2]), Long.parseLong(parts[3]));
        Path draft = Path.of(parts[0] + ".draft");
        Files.write(draft, report);
        Files.move(draft, Path.of(parts[0]));
    }

    /**
     * Tries everything.
     *
     * @param outside a directory with a file "secret" that the server has no business in, and a
     *     socket "service" at which somebody listens
     * @param program the server's program, a file
     * @param victim a process of the same user
     * @return a line NAME=ok or NAME=REASON for each
     */
    static List<String> tryAll(Path outside, Path program, long victim) {
        Intruder intruder = new Intruder();
        intruder.tryFiles(outside, program);
        intruder.tryProcesses(victim);
        intruder.tryCalls(victim);
        return intruder.report;
    }

    /** Tries everything but the system calls. */
    static List<String> tryFilesAndProcesses(Path outside, Path program, long victim) {
        Intruder intruder = new Intruder();
        intruder.tryFiles(outside, program);
        intruder.tryProcesses(victim);
        return intruder.report;
    }

    private void tryFiles(Path outside, Path program) {
        attempt("read-secret", () -> Files.readString(outside.resolve("secret")));
        attempt("list-outside", () -> list(outside));
        attempt("list-root", () -> list(Path.of("/")));
        attempt("list-etc", () -> list(Path.of("/etc")));
        // Its directory "private" has the keys of other services.
        attempt("list-tls", () -> list(Path.of("/etc/ssl")));
        attempt("read-shadow", () -> Files.readString(Path.of("/etc/shadow")));
        attempt("read-fstab", () -> Files.readString(Path.of("/etc/fstab")));
        attempt("write-outside", () -> Files.writeString(outside.resolve("mine"), "here"));
        attempt("overwrite-secret", () -> open(outside.resolve("secret")));
        attempt("truncate-secret", () -> Files.newByteChannel(outside.resolve("secret"), TRUNCATE));
        // Landlock knows nothing of the following.
        Path secret = outside.resolve("secret");
        attempt(
                "open-to-all",
                () ->
                        Files.setPosixFilePermissions(
                                secret, PosixFilePermissions.fromString("rw-rw-rw-")));
        attempt("forge-time", () -> Files.setLastModifiedTime(secret, FileTime.fromMillis(0)));
        attempt(
                "connect-to-service",
                () -> SocketChannel.open(address(outside.resolve("service"))).close());
        attempt("delete-secret", () -> Files.delete(outside.resolve("secret")));
        attempt("write-program", () -> open(program));
        attempt("delete-program", () -> Files.delete(program));
        attempt(
                "write-runtime",
                () -> open(Path.of(System.getProperty("java.home"), "lib", "modules")));
        attempt("write-system", () -> Files.writeString(Path.of("/usr/lib/mine"), "here"));
        attempt("write-var", () -> Files.writeString(Path.of("/var/tmp/mine"), "here"));
        // The next start, or whoever trusts the directory, would follow it.
        Path link = link();
        attempt("plant-link", () -> Files.createSymbolicLink(link, outside));
        for (String group : GROUPS) {
            attempt("open-" + group, () -> open(Path.of("/sys/fs/cgroup", group, "cgroup.procs")));
        }
        attempt("list-disks", () -> list(Path.of("/dev")));
        attempt("read-memory", () -> Files.newByteChannel(Path.of("/dev/mem")).close());
        attempt("write-sysctl", () -> open(Path.of("/proc/sys/kernel/core_pattern")));
    }

    /** Directories of control groups that are not the server's, of both versions. */
    private static final List<String> GROUPS =
            List.of("", "freezer", "cpu", "memory", "unified", "system.slice", "user.slice");

    /** Where the intruder would leave a link. */
    static Path link() {
        return Path.of("/tmp", "microsandbox-planted-" + ProcessHandle.current().pid());
    }

    private static UnixDomainSocketAddress address(Path socket) {
        return UnixDomainSocketAddress.of(socket);
    }

    private static final StandardOpenOption[] TRUNCATE = {
        StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING
    };

    private static void open(Path file) throws IOException {
        Files.newByteChannel(file, StandardOpenOption.WRITE).close();
    }

    private static void list(Path directory) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            boolean _ = files.iterator().hasNext();
        }
    }

    private void tryProcesses(long victim) {
        Path process = Path.of("/proc", Long.toString(victim));
        attempt("start-program", () -> new ProcessBuilder("/bin/true").start().waitFor());
        attempt("read-environment", () -> Files.readAllBytes(process.resolve("environ")));
        attempt("open-memory", () -> Files.newByteChannel(process.resolve("mem")).close());
        attempt("follow-descriptor", () -> Files.readSymbolicLink(process.resolve("fd/0")));
        attempt("through-root", () -> list(process.resolve("root/etc")));
    }

    /** System calls, with arguments that do no harm where they are let through. */
    private void tryCalls(long victim) {
        call("signal", 62, victim, 0);
        call("signal-thread", 234, victim, victim, 0);
        call("ptrace", 101, 0x4206, victim, 0, 0);
        call("read-process", 310, victim, 0, 0, 0, 0, 0);
        call("compare-process", 312, victim, victim, 0, 0, 0);
        call("new-namespace", 272, 0x1000_0000);
        call("mount", 165, 0, 0, 0, 0, 0);
        call("unmount", 166, 0, 0);
        call("change-root", 161, 0);
        call("load-module", 175, 0, 0, 0);
        call("bpf", 321, 0, 0, 0);
        call("io-uring", 425, 1, 0);
        call("userfaultfd", 323, 1);
        call("perf", 298, 0, 0, 0, 0, 0);
        call("keys", 250, 0, -3, 0);
        call("execute", 59, 0, 0, 0);
        call("raw-socket", 41, 2, 3, 1);
        call("packet-socket", 41, 17, 3, 0);
        call("vsock", 41, 40, 1, 0);
        call("become-nobody", 105, 65_534);
        call("set-clock", 227, 0, 0);
        call("choose-processor", 203, victim, 0, 0);
        call("shared-memory", 29, 1, 0, 0);
        call("message-queue", 71, -1, 2, 0);
        call("signal-by-file", 72, 0, 8, victim);
        call("outlive-launcher", 157, 1, 0, 0, 0, 0);
    }

    private void attempt(String name, Attempt attempt) {
        try {
            attempt.run();
            report.add(name + "=ok");
        } catch (Throwable e) {
            report.add(name + "=" + e);
        }
    }

    /** A call that fails for want of permission is denied; any other error has got past that. */
    private void call(String name, long number, long... arguments) {
        attempt(
                name,
                () -> {
                    int errno = errno(number, arguments);
                    if (errno == 1 || errno == 13 || errno == 97) {
                        throw new IOException("errno " + errno);
                    }
                });
    }

    @SuppressWarnings("restricted")
    private static int errno(long number, long... arguments) throws Throwable {
        var state = Linker.Option.captureStateLayout();
        ValueLayout word = ValueLayout.JAVA_LONG;
        MethodHandle syscall =
                Linker.nativeLinker()
                        .downcallHandle(
                                Linker.nativeLinker().defaultLookup().findOrThrow("syscall"),
                                FunctionDescriptor.of(
                                        word, word, word, word, word, word, word, word),
                                Linker.Option.firstVariadicArg(1),
                                Linker.Option.captureCallState("errno"));
        long[] all = {ANY, ANY, ANY, ANY, ANY, ANY};
        System.arraycopy(arguments, 0, all, 0, arguments.length);
        try (var arena = java.lang.foreign.Arena.ofConfined()) {
            MemorySegment captured = arena.allocate(state);
            long result =
                    (long)
                            syscall.invokeExact(
                                    captured, number, all[0], all[1], all[2], all[3], all[4],
                                    all[5]);
            return result == -1
                    ? (int) state.varHandle(PathElement.groupElement("errno")).get(captured, 0L)
                    : 0;
        }
    }

    /** The bytes of this class and those within it, as an agent's jar needs them. */
    static byte[] classFile(String name) throws IOException {
        try (var in = Intruder.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IOException(name + " is not there");
            }
            return in.readAllBytes();
        }
    }

    static byte[] manifest() {
        return "Manifest-Version: 1.0\nAgent-Class: %s\n\n"
                .formatted(Intruder.class.getName())
                .getBytes(StandardCharsets.UTF_8);
    }
}
