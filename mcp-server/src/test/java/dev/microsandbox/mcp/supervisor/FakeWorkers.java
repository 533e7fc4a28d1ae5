package dev.microsandbox.mcp.supervisor;

import dev.microsandbox.mcp.front.WorkerChannel;
import dev.microsandbox.mcp.seam.ControlChannel;
import dev.microsandbox.mcp.seam.ToFront;
import dev.microsandbox.mcp.seam.ToWorker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.Pipe;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** Workers that are threads: each speaks the protocol, and does what a test wants of it. */
final class FakeWorkers implements WorkerStarter {

    final List<FakeWorker> started = new CopyOnWriteArrayList<>();

    /** Prepares each worker before it begins. */
    Consumer<FakeWorker> prepared = _ -> {};

    @Override
    public WorkerProcess start(String namespace) throws IOException {
        FakeWorker worker = new FakeWorker(namespace);
        prepared.accept(worker);
        started.add(worker);
        if (!worker.refused.isEmpty()) {
            throw new IOException(worker.refused);
        }
        Thread.ofVirtual().start(worker::run);
        return worker;
    }

    static final class FakeWorker implements WorkerProcess {

        final String namespace;
        final List<ToWorker> received = new CopyOnWriteArrayList<>();
        final CompletableFuture<Integer> exit = new CompletableFuture<>();
        String refused = "";
        boolean becomesReady = true;
        boolean answersPings = true;
        boolean obeysStop = true;
        private volatile boolean hungUp;

        private final Pipe toWorker = Pipe.open();
        private final Pipe toFront = Pipe.open();
        private final ControlChannel<ToFront, ToWorker> channel =
                ControlChannel.ofWorker(channel(toWorker.source(), toFront.sink()));

        FakeWorker(String namespace) throws IOException {
            this.namespace = namespace;
        }

        private void run() {
            try {
                while (true) {
                    ToWorker message = channel.receive();
                    received.add(message);
                    switch (message) {
                        case ToWorker.Configure _ -> {
                            if (becomesReady && received.size() == 1) {
                                say(new ToFront.Ready(ControlChannel.VERSION));
                            }
                        }
                        case ToWorker.Ping(int id) -> {
                            if (answersPings) {
                                say(new ToFront.Pong(id));
                            }
                        }
                        case ToWorker.Stop _ -> {
                            if (obeysStop) {
                                end(0);
                            }
                        }
                        default -> {}
                    }
                }
            } catch (IOException e) {
                if (!hungUp) {
                    end(1);
                }
            }
        }

        void say(ToFront message) throws IOException {
            channel.send(message);
        }

        /** Closes its connection, as a worker does that is about to end. */
        void hangUp() {
            hungUp = true;
            channel.close();
        }

        void end(int status) {
            if (exit.complete(status)) {
                channel.close();
            }
        }

        /** The messages of a kind that it got. */
        <T extends ToWorker> List<T> got(Class<T> kind) {
            return received.stream().filter(kind::isInstance).map(kind::cast).toList();
        }

        @Override
        public long pid() {
            return 1;
        }

        @Override
        public WorkerChannel connectHttp() throws IOException {
            throw new IOException("no HTTP here");
        }

        @Override
        public ByteChannel connectControl() {
            return channel(toFront.source(), toWorker.sink());
        }

        @Override
        public void kill() {
            end(128 + 9);
        }

        @Override
        public CompletableFuture<Integer> exit() {
            return exit;
        }

        private static ByteChannel channel(Pipe.SourceChannel source, Pipe.SinkChannel sink) {
            return new ByteChannel() {
                @Override
                public int read(ByteBuffer into) throws IOException {
                    return source.read(into);
                }

                @Override
                public int write(ByteBuffer from) throws IOException {
                    return sink.write(from);
                }

                @Override
                public boolean isOpen() {
                    return source.isOpen() && sink.isOpen();
                }

                @Override
                public void close() throws IOException {
                    source.close();
                    sink.close();
                }
            };
        }
    }
}
