package dev.microsandbox.vmm.launch;

import dev.microsandbox.vmm.linux.LocalSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/** The worker of a namespace, which the launcher has started. Thread-safe. */
public final class LaunchedWorker {

    /** The sockets that a worker listens on, in the directory {@code run} of its namespace. */
    public enum Socket {
        /** {@code http.sock}. */
        HTTP(0),
        /** {@code control.sock}. */
        CONTROL(1);

        private final int number;

        Socket(int number) {
            this.number = number;
        }
    }

    private final LauncherConnection launcher;
    private final int handle;
    private final long pid;
    private final CompletableFuture<Integer> exit;

    LaunchedWorker(
            LauncherConnection launcher, int handle, long pid, CompletableFuture<Integer> exit) {
        this.launcher = launcher;
        this.handle = handle;
        this.pid = pid;
        this.exit = exit;
    }

    /** The process id of the worker's own launcher, whose child the worker is. */
    public long pid() {
        return pid;
    }

    /**
     * Connects to the worker. What it sends is hostile: a guest may have taken it over.
     *
     * @return a connected socket of bytes, which the caller closes
     * @throws LaunchException if the worker does not listen: ENOENT before it does, ECONNREFUSED
     *     after it has ended, EAGAIN while too many connections wait, ESRCH once its end is known
     */
    public WorkerSocket connect(Socket socket) throws IOException, InterruptedException {
        return new Connected(
                LocalSocket.of(
                        launcher.open(LauncherConnection.CONNECT, handle, socket.number),
                        LocalSocket.Kind.STREAM));
    }

    private record Connected(LocalSocket socket) implements WorkerSocket {

        @Override
        public int read(ByteBuffer into) throws IOException {
            return socket.read(into);
        }

        @Override
        public int write(ByteBuffer from) throws IOException {
            return socket.write(from);
        }

        @Override
        public boolean isQuiet() throws IOException {
            return socket.isQuiet();
        }

        @Override
        public boolean isOpen() {
            return socket.isOpen();
        }

        @Override
        public void close() {
            socket.close();
        }
    }

    /** Kills the worker and its machines, without waiting for their end. */
    public void kill() {
        if (!exit.isDone()) {
            launcher.kill(handle);
        }
    }

    /**
     * Its exit status, or 128 and the number of the signal that ended it, once nothing of it is
     * left.
     */
    public CompletableFuture<Integer> exit() {
        return exit.copy();
    }
}
