package dev.microsandbox.mcp.session;

import dev.microsandbox.vmm.ExecRequest;
import dev.microsandbox.vmm.Exit;
import dev.microsandbox.vmm.FileEntry;
import dev.microsandbox.vmm.FileStat;
import dev.microsandbox.vmm.GuestException;
import dev.microsandbox.vmm.GuestProcess;
import dev.microsandbox.vmm.Isolation;
import dev.microsandbox.vmm.OutputListener;
import dev.microsandbox.vmm.RunListener;
import dev.microsandbox.vmm.RunRequest;
import dev.microsandbox.vmm.RunResult;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxFiles;
import dev.microsandbox.vmm.SandboxInfo;
import dev.microsandbox.vmm.SandboxLostException;
import dev.microsandbox.vmm.Variable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;

/** A sandbox in memory: files are kept in a map, code and commands are scripted by the test. */
public final class FakeSandbox implements Sandbox {

    /** What a guest does with code. */
    public interface Program {
        RunResult run(RunRequest request, RunListener listener) throws InterruptedException;
    }

    /** What a guest does with a command. */
    public interface Command {
        Exit run(ExecRequest request, OutputListener listener) throws InterruptedException;
    }

    private final String id;
    public final Map<String, byte[]> content = new ConcurrentHashMap<>();
    private volatile Program program = (request, listener) -> finished();
    private volatile Command command = (request, listener) -> exited(0);
    private volatile boolean alive = true;
    private volatile boolean closed;

    public FakeSandbox(String id) {
        this.id = id;
    }

    public FakeSandbox onRun(Program newProgram) {
        program = newProgram;
        return this;
    }

    public FakeSandbox onExec(Command newCommand) {
        command = newCommand;
        return this;
    }

    /** The machine dies by itself. */
    public void die() {
        alive = false;
    }

    public boolean isClosed() {
        return closed;
    }

    public static Exit exited(int code) {
        return new Exit(Exit.Kind.EXITED, code, false, 0, Duration.ofMillis(1234), 0, 0, "");
    }

    public static Exit running() {
        return new Exit(Exit.Kind.RUNNING, 0, false, 0, Duration.ofMillis(1234), 0, 0, "");
    }

    public static RunResult finished() {
        return new RunResult(running(), RunResult.Outcome.FINISHED, true, false, "", "", 0);
    }

    private void check() {
        if (!alive) {
            throw new SandboxLostException("the machine's process ended with signal 9");
        }
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public String machine() {
        return "an imitation";
    }

    @Override
    public Isolation isolation() {
        return Isolation.EMULATION;
    }

    @Override
    public boolean isAlive() {
        return alive;
    }

    @Override
    public RunResult run(RunRequest request, RunListener listener) throws InterruptedException {
        check();
        RunResult result = program.run(request, listener);
        check();
        return result;
    }

    @Override
    public Exit exec(ExecRequest request, OutputListener listener) throws InterruptedException {
        check();
        return command.run(request, listener);
    }

    @Override
    public GuestProcess start(ExecRequest request) {
        check();
        return new RunningCommand(request);
    }

    @Override
    public SandboxFiles files() {
        check();
        return new Files();
    }

    @Override
    public SandboxInfo info() {
        check();
        return new SandboxInfo(
                "6.1.0",
                "sandbox",
                1,
                512L << 20,
                448L << 20,
                64L << 20,
                256L << 20,
                1L << 20,
                3,
                512,
                Duration.ofSeconds(5),
                Instant.parse("2026-01-01T00:00:00Z"),
                List.of(
                        new SandboxInfo.Language("python", List.of("py"), "Python 3.11.2", true),
                        new SandboxInfo.Language("shell", List.of("bash"), "bash 5.2", false)));
    }

    @Override
    public List<Variable> variables(String language) {
        check();
        return List.of(new Variable("x", "int", OptionalLong.of(28), "42"));
    }

    @Override
    public int reset(String language) {
        check();
        return language.isEmpty() ? 2 : 1;
    }

    @Override
    public void close() {
        alive = false;
        closed = true;
    }

    /** Runs its command once it has all of its input. */
    private final class RunningCommand implements GuestProcess {

        private final ExecRequest request;
        private final CountDownLatch endOfInput = new CountDownLatch(1);
        private final ByteArrayOutputStream input =
                new ByteArrayOutputStream() {
                    @Override
                    public void close() {
                        endOfInput.countDown();
                    }
                };

        RunningCommand(ExecRequest request) {
            this.request = request;
        }

        @Override
        public OutputStream stdin() {
            return input;
        }

        @Override
        public void signal(int number) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void cancel() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Exit await(OutputListener listener) throws InterruptedException {
            endOfInput.await();
            return command.run(request.withStdin(input.toByteArray()), listener);
        }
    }

    private final class Files implements SandboxFiles {

        private byte[] bytes(String path) {
            byte[] bytes = content.get(path);
            if (bytes == null) {
                throw new GuestException(
                        GuestException.ENOENT, path + ": No such file or directory");
            }
            return bytes;
        }

        private FileStat stat(byte[] bytes) {
            Instant time = Instant.parse("2026-01-02T03:04:05Z");
            return new FileStat(FileStat.Type.FILE, 0644, 1000, 1000, bytes.length, time, "");
        }

        @Override
        public FileStat read(String path, long offset, long length, OutputStream sink)
                throws IOException {
            byte[] bytes = bytes(path);
            int from = (int) Math.min(offset, bytes.length);
            long wanted = length == TO_END ? bytes.length - from : length;
            int end = (int) Math.min(bytes.length, from + wanted);
            for (int i = from; i < end; i += 1000) {
                sink.write(bytes, i, Math.min(1000, end - i));
            }
            return stat(bytes);
        }

        @Override
        public FileStat write(String path, InputStream source, WriteOptions options)
                throws IOException {
            byte[] added = source.readAllBytes();
            byte[] before =
                    options.append()
                            ? Optional.ofNullable(content.get(path)).orElse(new byte[0])
                            : new byte[0];
            byte[] all = new byte[before.length + added.length];
            System.arraycopy(before, 0, all, 0, before.length);
            System.arraycopy(added, 0, all, before.length, added.length);
            content.put(path, all);
            return stat(all);
        }

        @Override
        public FileStat stat(String path, boolean follow) {
            return stat(bytes(path));
        }

        @Override
        public Listing list(String path, int depth, int maxEntries) {
            List<FileEntry> entries =
                    new TreeMap<>(content)
                            .entrySet().stream()
                                    .map(e -> new FileEntry(e.getKey(), stat(e.getValue())))
                                    .toList();
            return new Listing(
                    entries.subList(0, Math.min(maxEntries, entries.size())),
                    entries.size() > maxEntries);
        }

        @Override
        public void makeDirectory(String path, boolean parents) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void remove(String path, boolean recursive) {
            content.remove(path);
        }

        @Override
        public void rename(String from, String to, boolean replace) {
            throw new UnsupportedOperationException();
        }
    }
}
