package dev.microsandbox.vmm.launch;

import dev.microsandbox.vmm.linux.Errno;
import dev.microsandbox.vmm.linux.FileDescriptor;
import dev.microsandbox.vmm.linux.LocalSocket;
import dev.microsandbox.vmm.linux.Pipe;
import dev.microsandbox.vmm.linux.SpawnedProgram;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The launcher of this process: the one that started it, or one that it starts. Thread-safe.
 *
 * <p>The one that started it has given it a socket. Otherwise the property {@value #PROGRAM} names
 * the program.
 */
public final class Launcher {

    /** The system property with the launcher's path. */
    public static final String PROGRAM = "microsandbox.launch.program";

    private static final String QEMU = "qemu-system-x86_64";

    /** Where QEMU is looked for if it is not installed yet. */
    private static final Path USUAL_QEMU = Path.of("/usr/bin", QEMU);

    private static final int SOCKET = 3;

    private static final int UNCONFINED = 1;
    private static final int USES_KVM = 1;
    private static final int BUILDS_TEMPLATES = 1;

    /** Launchers that this process has started, one for each kind of confinement. */
    private static final Map<Confinement, Launcher> STARTED = new HashMap<>();

    /** The launcher that started this process. */
    private static @Nullable Launcher inherited;

    private final LauncherConnection connection;
    private final Layers layers;

    private Launcher(LauncherConnection connection, Layers layers) {
        this.connection = connection;
        this.layers = layers;
    }

    /**
     * The launcher for machines that are confined in a way. The first call settles how a launcher
     * that started this process confines QEMU.
     *
     * @return nothing if there is none
     * @throws IOException if it cannot be started, or does not answer
     */
    public static synchronized Optional<Launcher> find(Confinement confinement)
            throws IOException, InterruptedException {
        Optional<LauncherConnection> started = InheritedLauncher.connection();
        if (started.isPresent()) {
            return Optional.of(inherited(started.get(), confinement));
        }
        String program = System.getProperty(PROGRAM, "");
        if (program.isEmpty() || !Files.isExecutable(Path.of(program))) {
            return Optional.empty();
        }
        Launcher running = STARTED.get(confinement);
        if (running == null || !running.connection.isOpen()) {
            running = start(Path.of(program).toAbsolutePath(), qemu(), confinement);
            STARTED.put(confinement, running);
        }
        return Optional.of(running);
    }

    /** Whether a launcher has started this process. */
    public static boolean hasStartedThis() {
        return InheritedLauncher.exists();
    }

    private static Launcher inherited(LauncherConnection connection, Confinement confinement)
            throws IOException, InterruptedException {
        Launcher known = inherited;
        if (known == null) {
            // If this is interrupted, the next call tries again.
            known = connect(connection, confinement);
            inherited = known;
        }
        return known;
    }

    /**
     * Starts a launcher, which may start nothing but the given QEMU.
     *
     * @param more further options
     */
    static Launcher start(Path program, Path qemu, Confinement confinement, String... more)
            throws IOException, InterruptedException {
        LocalSocket.Pair pair = LocalSocket.pair(LocalSocket.Kind.PACKETS);
        int pid;
        try (FileDescriptor theirs = pair.theirs()) {
            List<String> arguments =
                    new ArrayList<>(
                            List.of(
                                    "serve",
                                    "--socket",
                                    Integer.toString(SOCKET),
                                    "--qemu",
                                    qemu.toString(),
                                    "--qemu-kvm"));
            Path run = confinement.locks().getFirst();
            arguments.addAll(List.of("--locks", run.toString()));
            arguments.addAll(List.of(more));
            pid = SpawnedProgram.start(program, arguments, theirs, SOCKET);
        } catch (IOException e) {
            pair.ours().close();
            throw e;
        }
        LauncherConnection connection = new LauncherConnection(pair.ours());
        connection.onEnd(() -> SpawnedProgram.reap(pid));
        try {
            return connect(connection, confinement);
        } catch (IOException | InterruptedException e) {
            connection.close();
            throw e;
        }
    }

    /** Where QEMU is, or would be. */
    private static Path qemu() {
        return Arrays.stream(Optional.ofNullable(System.getenv("PATH")).orElse("").split(":", -1))
                .filter(directory -> directory.startsWith("/"))
                .map(directory -> Path.of(directory, QEMU))
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(USUAL_QEMU);
    }

    private static Launcher connect(LauncherConnection connection, Confinement confinement)
            throws IOException, InterruptedException {
        Path locks = confinement.locks().getLast().toAbsolutePath();
        byte[] path = locks.toString().getBytes(StandardCharsets.UTF_8);
        ByteBuffer body =
                ByteBuffer.allocate(2 * Integer.BYTES + path.length + 1)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(confinement.firstUser())
                        .putInt(confinement.lastUser())
                        .put(path);
        try {
            var _ =
                    connection.call(
                            LauncherConnection.CONFIGURE,
                            confinement.unconfined() ? UNCONFINED : 0,
                            0,
                            body.array(),
                            List.of());
        } catch (LaunchException e) {
            if (e.errno() != Errno.EPERM) {
                throw e;
            }
            // It has its settings already.
        }
        return new Launcher(connection, ask(connection));
    }

    private static Layers ask(LauncherConnection connection)
            throws IOException, InterruptedException {
        return Layers.decode(
                connection.call(LauncherConnection.ABOUT, 0, 0, new byte[0], List.of()).body());
    }

    /** Ends the launcher, and all that it has started. */
    void stop() {
        connection.close();
    }

    /** What confines QEMU. */
    public Layers layers() {
        return layers;
    }

    /** A file of a program that is started, which the caller still owns. */
    public record OpenFor(int number, FileDescriptor file) {}

    /**
     * Starts QEMU, confined.
     *
     * @param arguments without the program's name
     * @param files in addition to the standard streams
     * @param errors further numbers of the standard error stream
     * @param usesKvm whether it may use /dev/kvm; it then has this process's user
     * @throws LaunchException if the launcher refuses
     */
    public LaunchedProcess startQemu(
            List<String> arguments, List<OpenFor> files, List<Integer> errors, boolean usesKvm)
            throws IOException, InterruptedException {
        return start(
                LauncherConnection.QEMU,
                usesKvm ? USES_KVM : 0,
                arguments.size(),
                files,
                errors,
                LauncherConnection.words(arguments.toArray(String[]::new)));
    }

    /**
     * Starts the command that builds images, with the launcher's rights.
     *
     * @param templates whether it makes templates too, after the images
     * @throws LaunchException if the launcher has none
     */
    public LaunchedProcess startBuild(boolean templates) throws IOException, InterruptedException {
        return start(
                LauncherConnection.BUILD,
                templates ? BUILDS_TEMPLATES : 0,
                0,
                List.of(),
                List.of(),
                new byte[0]);
    }

    /**
     * Gives up {@link #startBuild} for good. A build has the launcher's rights and works in the
     * home, which whoever takes this process over can prepare for it.
     */
    public void endBuilds() throws IOException, InterruptedException {
        var _ = connection.call(LauncherConnection.END_BUILDS, 0, 0, new byte[0], List.of());
    }

    private LaunchedProcess start(
            int type,
            int first,
            int second,
            List<OpenFor> files,
            List<Integer> errors,
            byte[] words)
            throws IOException, InterruptedException {
        try (Pipe in = Pipe.open();
                Pipe out = Pipe.open();
                Pipe error = Pipe.open()) {
            List<OpenFor> all = new ArrayList<>(files);
            all.add(new OpenFor(0, in.reading()));
            all.add(new OpenFor(1, out.writing()));
            all.add(new OpenFor(2, error.writing()));
            errors.forEach(number -> all.add(new OpenFor(number, error.writing())));
            ByteBuffer body =
                    ByteBuffer.allocate((1 + all.size()) * Integer.BYTES + words.length)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .putInt(all.size());
            all.forEach(file -> body.putInt(file.number()));
            body.put(words);
            LauncherConnection.Reply reply =
                    connection.call(
                            type,
                            first,
                            second,
                            body.array(),
                            all.stream().map(OpenFor::file).toList());
            // The handle tells who it is; a pidfd is for those who signal processes themselves.
            reply.files().forEach(FileDescriptor::close);
            try {
                return new LaunchedProcess(
                        connection,
                        reply.handle(),
                        reply.body().getInt(),
                        reply.exit(),
                        new LaunchedProcess.Streams(in.output(), out.input(), error.input()));
            } catch (IOException e) {
                connection.kill(reply.handle());
                throw e;
            }
        }
    }

    /**
     * Opens /dev/kvm with the launcher's rights.
     *
     * @throws LaunchException if it cannot
     */
    public FileDescriptor openKvm() throws IOException, InterruptedException {
        return connection.openKvm();
    }

    /** Whether {@link #startWorker} works here. */
    public boolean canStartWorkers() {
        return layers.canStartWorkers();
    }

    /**
     * Starts the worker of a namespace: a process of this program that is kept from all other
     * namespaces, and has a launcher of its own. It ends with this launcher at the latest.
     *
     * @param namespace a valid name: 1 to 63 of a-z, 0-9, '-' and '_', the first a letter or digit
     * @throws LaunchException if the launcher refuses, for example with EBUSY because it runs
     *     already
     */
    public LaunchedWorker startWorker(String namespace) throws IOException, InterruptedException {
        LauncherConnection.Reply reply =
                connection.call(
                        LauncherConnection.WORKER,
                        0,
                        0,
                        LauncherConnection.words(namespace),
                        List.of());
        reply.files().forEach(FileDescriptor::close);
        return new LaunchedWorker(connection, reply.handle(), reply.body().getInt(), reply.exit());
    }

    /**
     * Moves a session from the server's directory to that of a namespace, and gives it to its user.
     *
     * @throws LaunchException if the launcher refuses
     */
    public void adopt(String session, String namespace) throws IOException, InterruptedException {
        move(LauncherConnection.ADOPT, session, namespace);
    }

    /**
     * Moves all sessions of a namespace, no worker of which runs, to the server's directory, and
     * gives them to the server's user.
     *
     * @throws LaunchException if the launcher refuses
     */
    public void giveBack(String namespace) throws IOException, InterruptedException {
        move(LauncherConnection.GIVE_BACK, namespace);
    }

    private void move(int type, String... words) throws IOException, InterruptedException {
        var _ = connection.call(type, 0, 0, LauncherConnection.words(words), List.of());
    }
}
