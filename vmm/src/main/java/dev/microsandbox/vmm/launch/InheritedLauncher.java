package dev.microsandbox.vmm.launch;

import dev.microsandbox.vmm.linux.FileDescriptor;
import dev.microsandbox.vmm.linux.LocalSocket;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the launcher that started this process does for it, beside starting programs. It does
 * nothing where this process was started without. Thread-safe.
 */
public final class InheritedLauncher {

    private static final String VARIABLE = "MICROSANDBOX_LAUNCH_SOCKET";

    /** There is only one. */
    private static @Nullable LauncherConnection connection;

    private InheritedLauncher() {}

    /** Whether a launcher has started this process. */
    static boolean exists() {
        return socket() >= 0;
    }

    static synchronized Optional<LauncherConnection> connection() throws IOException {
        int socket = socket();
        LauncherConnection known = connection;
        if (known == null && socket >= 0) {
            known = new LauncherConnection(LocalSocket.inherited(socket, LocalSocket.Kind.PACKETS));
            connection = known;
        }
        return Optional.ofNullable(known);
    }

    /** The socket that this process has inherited; −1 if it has none. */
    private static int socket() {
        String[] value = Optional.ofNullable(System.getenv(VARIABLE)).orElse("").split(":", -1);
        try {
            // What this process starts has the variable, but not the socket.
            return value.length == 2 && Long.parseLong(value[1]) == ProcessHandle.current().pid()
                    ? Integer.parseInt(value[0])
                    : -1;
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    /**
     * Opens /dev/kvm with the launcher's rights.
     *
     * @return nothing if no launcher started this process
     * @throws LaunchException if the launcher cannot open it either
     */
    public static Optional<FileDescriptor> openKvm() throws IOException, InterruptedException {
        Optional<LauncherConnection> launcher = connection();
        return launcher.isEmpty() ? Optional.empty() : Optional.of(launcher.get().openKvm());
    }

    /**
     * Gives a file of the launcher's user, which this process may not link itself, a further name.
     *
     * @param file open for reading
     * @param name a name that the launcher's directory of links does not have yet
     * @return the link, to be moved to its place; nothing if no launcher started this process
     * @throws LaunchException if the launcher refuses, for example because the file is none of
     *     those that may be linked
     */
    public static Optional<Path> link(FileDescriptor file, String name)
            throws IOException, InterruptedException {
        Optional<LauncherConnection> launcher = connection();
        if (launcher.isEmpty()) {
            return Optional.empty();
        }
        LauncherConnection.Reply reply =
                launcher.get()
                        .call(
                                LauncherConnection.LINK,
                                0,
                                0,
                                LauncherConnection.words(name),
                                List.of(file));
        return Optional.of(Path.of(StandardCharsets.UTF_8.decode(reply.body()).toString()));
    }
}
