package dev.microsandbox.vmm.launch;

import static org.awaitility.Awaitility.await;

import dev.microsandbox.vmm.linux.Errno;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/** Workers that have been taken over, and do what a test tells them: tenant.c. */
final class TestTenants {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private TestTenants() {}

    /** The options of a launcher that starts such workers. */
    static String[] options(Path worker, Path tenants, String... more) {
        List<String> options =
                new ArrayList<>(
                        List.of(
                                "--worker",
                                worker.toString(),
                                "--worker",
                                "@TENANT@",
                                "--worker-execute",
                                worker.toString(),
                                "--worker-read",
                                "/proc",
                                "--worker-grace",
                                "0",
                                "--tenants",
                                tenants.toString()));
        options.addAll(List.of(more));
        return options.toArray(String[]::new);
    }

    /** Connects to a worker as soon as it listens. */
    static Told tell(LaunchedWorker worker) {
        AtomicReference<Told> told = new AtomicReference<>();
        await().atMost(PATIENCE)
                .until(
                        () -> {
                            try {
                                told.set(new Told(worker.connect(LaunchedWorker.Socket.CONTROL)));
                                return true;
                            } catch (LaunchException e) {
                                if (e.errno() == Errno.ENOENT || e.errno() == Errno.ECONNREFUSED) {
                                    return false;
                                }
                                throw e;
                            }
                        });
        return told.get();
    }

    /** A connection to a worker. */
    static final class Told implements AutoCloseable {

        private final WorkerSocket socket;
        private final BufferedReader answers;

        Told(WorkerSocket socket) {
            this.socket = socket;
            this.answers = new BufferedReader(Channels.newReader(socket, StandardCharsets.UTF_8));
        }

        /** Has the worker try something, and returns what happened. */
        String attempt(String what, Object... texts) throws IOException {
            StringBuilder line = new StringBuilder(what);
            for (Object text : texts) {
                line.append(' ').append(text);
            }
            int _ =
                    socket.write(
                            ByteBuffer.wrap(
                                    line.append('\n').toString().getBytes(StandardCharsets.UTF_8)));
            return String.valueOf(answers.readLine());
        }

        /** The worker's own process id. */
        long pid() throws IOException {
            String about = attempt("about");
            return Long.parseLong(about.substring(about.lastIndexOf(' ') + 1));
        }

        @Override
        public void close() {
            socket.close();
        }
    }
}
