package dev.microsandbox.mcp.server;

import dev.microsandbox.mcp.front.WorkerChannel;
import dev.microsandbox.mcp.supervisor.WorkerProcess;
import dev.microsandbox.mcp.supervisor.WorkerStarter;
import dev.microsandbox.vmm.host.ConfinedWorkers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.util.concurrent.CompletableFuture;

/** Has the launcher start the processes of workers. */
record LaunchedWorkers(ConfinedWorkers launcher) implements WorkerStarter {

    @Override
    public WorkerProcess start(String namespace) throws IOException, InterruptedException {
        return new Launched(launcher.start(namespace));
    }

    private record Launched(ConfinedWorkers.Worker worker) implements WorkerProcess {

        @Override
        public long pid() {
            return worker.pid();
        }

        @Override
        public WorkerChannel connectHttp() throws IOException, InterruptedException {
            return new Channel(worker.connectHttp());
        }

        @Override
        public ByteChannel connectControl() throws IOException, InterruptedException {
            return worker.connectControl();
        }

        @Override
        public void kill() {
            worker.kill();
        }

        @Override
        public CompletableFuture<Integer> exit() {
            return worker.exit();
        }
    }

    private record Channel(ConfinedWorkers.Socket socket) implements WorkerChannel {

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
}
