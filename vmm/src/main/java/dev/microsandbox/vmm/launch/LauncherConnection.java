package dev.microsandbox.vmm.launch;

import dev.microsandbox.vmm.linux.FileDescriptor;
import dev.microsandbox.vmm.linux.LocalSocket;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/** The messages of docs/launcher.md. Thread-safe. */
final class LauncherConnection {

    static final int VERSION = 1;

    // Types of messages: protocol.h.
    static final int ABOUT = 1;
    static final int QEMU = 2;
    static final int BUILD = 3;
    static final int OPEN_KVM = 4;
    static final int KILL = 5;
    static final int NICE = 6;
    static final int CONFIGURE = 7;
    static final int END_BUILDS = 8;
    static final int WORKER = 9;
    static final int CONNECT = 10;
    static final int LINK = 11;
    static final int ADOPT = 12;
    static final int GIVE_BACK = 13;
    private static final int REPLY = 0x100;
    private static final int EXIT = 0x101;

    private static final int HEADER_BYTES = 16;

    /** The largest request that the launcher takes. */
    private static final int MOST_BYTES = 32 << 10;

    /** The status of a process whose launcher has ended: what it started was killed. */
    private static final int KILLED = 128 + 9;

    private static final int SIGNALLED = 128;

    private final LocalSocket socket;
    private final AtomicInteger ids = new AtomicInteger();
    private final Map<Integer, CompletableFuture<Reply>> waiting = new ConcurrentHashMap<>();
    private final Map<Integer, CompletableFuture<Integer>> running = new ConcurrentHashMap<>();
    private final CompletableFuture<Boolean> end = new CompletableFuture<>();

    /**
     * The answer to a request.
     *
     * @param error an errno; 0 if it was granted
     * @param handle of a process that was started
     * @param exit its exit status, or 128 and the number of the signal that ended it
     */
    record Reply(
            int error,
            int handle,
            ByteBuffer body,
            List<FileDescriptor> files,
            CompletableFuture<Integer> exit) {}

    LauncherConnection(LocalSocket socket) {
        this.socket = socket;
        Thread.ofPlatform().name("launcher").daemon().start(this::receive);
    }

    boolean isOpen() {
        return !end.isDone();
    }

    /** Does something when the launcher ends. */
    void onEnd(Runnable action) {
        var _ = end.thenRun(action);
    }

    void close() {
        socket.close();
    }

    /**
     * Sends a request and waits for its reply.
     *
     * @throws LaunchException if the launcher refuses
     * @throws IOException if the launcher has ended
     */
    Reply call(int type, int first, int second, byte[] body, List<FileDescriptor> files)
            throws IOException, InterruptedException {
        int id = ids.incrementAndGet();
        ByteBuffer message =
                ByteBuffer.allocate(HEADER_BYTES + body.length).order(ByteOrder.LITTLE_ENDIAN);
        message.putInt(type).putInt(id).putInt(first).putInt(second).put(body);
        if (message.capacity() > MOST_BYTES) {
            throw new IOException("the command line is too long");
        }
        CompletableFuture<Reply> future = new CompletableFuture<>();
        waiting.put(id, future);
        send(id, message.array(), files);
        try {
            Reply reply = future.get();
            if (reply.error() != 0) {
                throw new LaunchException(
                        reply.error(), StandardCharsets.UTF_8.decode(reply.body()).toString());
            }
            return reply;
        } catch (ExecutionException e) {
            throw new IOException("the launcher has ended", e.getCause());
        } catch (InterruptedException e) {
            // Nobody would end what it starts.
            var _ = future.thenAccept(this::abandon);
            throw e;
        }
    }

    /**
     * Sends a request whose reply is a descriptor, which the caller owns.
     *
     * @throws LaunchException if the launcher refuses
     */
    FileDescriptor open(int type, int first, int second) throws IOException, InterruptedException {
        List<FileDescriptor> files = call(type, first, second, new byte[0], List.of()).files();
        if (files.size() != 1) {
            files.forEach(FileDescriptor::close);
            throw new IOException("the launcher sends no descriptor");
        }
        return files.getFirst();
    }

    /** Opens /dev/kvm with the launcher's rights. */
    FileDescriptor openKvm() throws IOException, InterruptedException {
        return open(OPEN_KVM, 0, 0);
    }

    /** Texts with a zero byte at the end of each. */
    static byte[] words(String... words) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (String word : words) {
            bytes.writeBytes(word.getBytes(StandardCharsets.UTF_8));
            bytes.write(0);
        }
        return bytes.toByteArray();
    }

    private void send(int id, byte[] message, List<FileDescriptor> files) throws IOException {
        try {
            if (!isOpen()) {
                throw new IOException("the launcher has ended");
            }
            int _ = socket.send(message, files);
        } catch (IOException e) {
            waiting.remove(id);
            throw e;
        }
    }

    private void abandon(Reply reply) {
        reply.files().forEach(FileDescriptor::close);
        if (reply.handle() != 0) {
            kill(reply.handle());
        }
    }

    /** Kills a process, without waiting for its end. */
    void kill(int handle) {
        ByteBuffer message = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        message.putInt(KILL).putInt(0).putInt(handle).putInt(0);
        try {
            int _ = socket.send(message.array(), List.of());
        } catch (IOException e) {
            // The launcher has ended, and the process with it.
            return;
        }
    }

    private void receive() {
        try {
            while (true) {
                LocalSocket.Message message = socket.receive(MOST_BYTES);
                if (message.bytes().length < HEADER_BYTES) {
                    return;
                }
                take(
                        ByteBuffer.wrap(message.bytes()).order(ByteOrder.LITTLE_ENDIAN),
                        message.files());
            }
        } catch (IOException e) {
            // Reported to those who wait.
        } finally {
            socket.close();
            boolean _ = end.complete(true);
            waiting.values().forEach(one -> one.completeExceptionally(new IOException("ended")));
            running.values().forEach(one -> one.complete(KILLED));
        }
    }

    private void take(ByteBuffer message, List<FileDescriptor> files) {
        int type = message.getInt();
        int id = message.getInt();
        int first = message.getInt();
        int second = message.getInt();
        if (type == EXIT) {
            CompletableFuture<Integer> exit = running.remove(id);
            if (exit != null) {
                exit.complete(second != 0 ? SIGNALLED + second : first);
            }
            return;
        }
        CompletableFuture<Integer> exit = new CompletableFuture<>();
        if (second != 0) {
            // The end of the process comes after the reply, so it finds this.
            running.put(second, exit);
        }
        CompletableFuture<Reply> asked = type == REPLY ? waiting.remove(id) : null;
        Reply reply =
                new Reply(
                        first, second, message.slice().order(ByteOrder.LITTLE_ENDIAN), files, exit);
        if (asked == null || !asked.complete(reply)) {
            files.forEach(FileDescriptor::close);
        }
    }
}
