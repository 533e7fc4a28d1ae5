package dev.microsandbox.mcp.session;

import dev.microsandbox.vmm.CheckpointException;
import dev.microsandbox.vmm.ExecRequest;
import dev.microsandbox.vmm.Exit;
import dev.microsandbox.vmm.GuestProcess;
import dev.microsandbox.vmm.Isolation;
import dev.microsandbox.vmm.MemoryVictim;
import dev.microsandbox.vmm.OutputListener;
import dev.microsandbox.vmm.RunListener;
import dev.microsandbox.vmm.RunRequest;
import dev.microsandbox.vmm.RunResult;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxException;
import dev.microsandbox.vmm.SandboxFiles;
import dev.microsandbox.vmm.SandboxInfo;
import dev.microsandbox.vmm.SandboxLostException;
import dev.microsandbox.vmm.Variable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** A sandbox in memory: files are kept in a map, code and commands are scripted by the test. */
public final class FakeSandbox implements Sandbox {

    /** The guest's reaction to code. */
    public interface Program {
        RunResult run(RunRequest request, RunListener listener) throws InterruptedException;
    }

    /** The guest's reaction to a command. */
    public interface Command {
        Exit run(ExecRequest request, OutputListener listener) throws InterruptedException;
    }

    /** Writes a checkpoint: a directory with one file for each file of the sandbox. */
    record State(Map<String, byte[]> content) {

        static final State EMPTY = new State(Map.of());

        static State read(Path directory) {
            Map<String, byte[]> content = new HashMap<>();
            try (var files = java.nio.file.Files.list(directory)) {
                for (Path file : files.toList()) {
                    content.put(
                            file.getFileName().toString(), java.nio.file.Files.readAllBytes(file));
                }
            } catch (IOException e) {
                throw new CheckpointException("The checkpoint is damaged.", e);
            }
            return new State(content);
        }

        long write(Path directory, Runnable onceWritten) {
            try {
                java.nio.file.Files.createDirectory(directory);
                for (Map.Entry<String, byte[]> file : content.entrySet()) {
                    java.nio.file.Files.write(directory.resolve(file.getKey()), file.getValue());
                    onceWritten.run();
                }
            } catch (IOException e) {
                throw new CheckpointException("The disk is full.", e);
            }
            return content.values().stream().mapToLong(bytes -> bytes.length).sum();
        }
    }

    private final String id;
    private final FakeJobs jobs = new FakeJobs();
    public final AtomicInteger restores = new AtomicInteger();
    private volatile boolean savable = true;
    private volatile boolean diskFull;
    private volatile CountDownLatch closeGate = new CountDownLatch(0);
    public final AtomicInteger saves = new AtomicInteger();
    private volatile Runnable onceWritten = () -> {};
    private volatile Runnable onRestore = () -> {};
    private volatile CountDownLatch saveGate = new CountDownLatch(0);
    private volatile CountDownLatch restoreGate = new CountDownLatch(0);
    public final Map<String, byte[]> content = new ConcurrentHashMap<>();
    private volatile Program program = (request, listener) -> finished();
    private volatile Command command = (request, listener) -> exited(0);
    private volatile boolean alive = true;
    private volatile boolean closed;

    public FakeSandbox(String id) {
        this.id = id;
    }

    /** Writes the file that tests tell sandboxes apart by. */
    void putFile(String text) {
        content.put("file", text.getBytes(StandardCharsets.UTF_8));
    }

    /** What {@link #putFile} wrote; empty if it wrote nothing. */
    String file() {
        return new String(content.getOrDefault("file", new byte[0]), StandardCharsets.UTF_8);
    }

    public FakeSandbox onRun(Program newProgram) {
        program = newProgram;
        return this;
    }

    public FakeSandbox onExec(Command newCommand) {
        command = newCommand;
        return this;
    }

    /** Behaves like a machine that does not support checkpoints. */
    public FakeSandbox unsavable() {
        savable = false;
        return this;
    }

    /** Sets whether saving fails because the disk is full. */
    public void diskFull(boolean full) {
        diskFull = full;
    }

    /**
     * Sets an action to run when the first file of a checkpoint is written, before the checkpoint
     * is complete.
     */
    public FakeSandbox onceWritten(Runnable action) {
        onceWritten = action;
        return this;
    }

    /** Delays closing until the gate opens. */
    public CountDownLatch holdClose() {
        closeGate = new CountDownLatch(1);
        return closeGate;
    }

    /** Removes all gates. */
    public void openGates() {
        saveGate.countDown();
        restoreGate.countDown();
        closeGate.countDown();
    }

    /** Sets an action to run at the beginning of a restore, for example a failure. */
    public FakeSandbox onRestore(Runnable action) {
        onRestore = action;
        return this;
    }

    /** Delays checkpoints until the gate opens. */
    public CountDownLatch holdSaves() {
        saveGate = new CountDownLatch(1);
        return saveGate;
    }

    /** Delays the end of restores until the gate opens. */
    public CountDownLatch holdRestores() {
        restoreGate = new CountDownLatch(1);
        return restoreGate;
    }

    @Override
    public long checkpoint(Path directory) throws InterruptedException {
        check();
        if (!savable) {
            throw new CheckpointException("This kind of sandbox cannot be saved.", null);
        }
        saves.incrementAndGet();
        saveGate.await();
        check();
        if (diskFull) {
            throw new CheckpointException("There is no room on the host's disk.", null);
        }
        return new State(Map.copyOf(content)).write(directory, onceWritten);
    }

    @Override
    public void restore(Path directory) throws InterruptedException {
        check();
        State state = State.read(directory);
        onRestore.run();
        restores.incrementAndGet();
        restoreGate.await();
        content.clear();
        content.putAll(state.content());
    }

    /** The machine dies by itself. */
    public void die() {
        alive = false;
    }

    public boolean isClosed() {
        return closed;
    }

    public static Exit exited(int code) {
        return new Exit(
                Exit.Kind.EXITED,
                code,
                false,
                0,
                MemoryVictim.UNKNOWN,
                Duration.ofMillis(1234),
                0,
                0,
                "");
    }

    public static Exit running() {
        return new Exit(
                Exit.Kind.RUNNING,
                0,
                false,
                0,
                MemoryVictim.UNKNOWN,
                Duration.ofMillis(1234),
                0,
                0,
                "");
    }

    public static RunResult finished() {
        return new RunResult(
                running(),
                RunResult.Outcome.FINISHED,
                RunResult.State.KEPT,
                RunResult.Interpreter.SAME,
                "",
                "",
                0);
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
        int before = restores.get();
        RunResult result = program.run(request, listener);
        check();
        if (restores.get() != before) {
            throw new SandboxException("The stream was cut off.");
        }
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
        return new FakeFiles(content);
    }

    @Override
    public FakeJobs jobs() {
        check();
        return jobs;
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
    public SandboxInfo infoNow() {
        return info();
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
        boolean interrupted = false;
        while (closeGate.getCount() > 0) {
            try {
                closeGate.await();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        closed = true;
    }

    /** Runs its command once it has received all input. */
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
}
