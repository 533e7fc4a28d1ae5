package dev.microsandbox.vmm.launch;

import dev.microsandbox.vmm.linux.FileDescriptor;
import dev.microsandbox.vmm.linux.LocalSocket;
import dev.microsandbox.vmm.linux.SpawnedProgram;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;

/** The end of a launcher's socket, without a client. */
final class RawLauncher implements AutoCloseable {

    /** EVENT_EXIT: protocol.h. */
    private static final int EXIT = 0x101;

    private final LocalSocket socket;
    private final int pid;
    final Queue<Integer> collected = new ConcurrentLinkedQueue<>();

    private RawLauncher(LocalSocket socket, int pid) {
        this.socket = socket;
        this.pid = pid;
    }

    static RawLauncher start(Path program, Path qemu, String... more) throws IOException {
        List<String> arguments =
                new ArrayList<>(List.of("serve", "--socket", "3", "--qemu", qemu.toString()));
        arguments.addAll(List.of(more));
        LocalSocket.Pair pair = LocalSocket.pair(LocalSocket.Kind.PACKETS);
        try (FileDescriptor theirs = pair.theirs()) {
            return new RawLauncher(
                    pair.ours(), SpawnedProgram.start(program, arguments, theirs, 3));
        }
    }

    void send(int type, int id, int first, int second, byte[] body, List<FileDescriptor> files)
            throws IOException {
        sendBytes(
                ByteBuffer.allocate(16 + body.length)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(type)
                        .putInt(id)
                        .putInt(first)
                        .putInt(second)
                        .put(body)
                        .array(),
                files);
    }

    void sendBytes(byte[] bytes, List<FileDescriptor> files) throws IOException {
        int _ = socket.send(bytes, files);
    }

    ByteBuffer reply() throws IOException {
        LocalSocket.Message message = socket.receive(4096);
        message.files().forEach(FileDescriptor::close);
        if (message.bytes().length < 16) {
            throw new IOException("the launcher has ended");
        }
        return ByteBuffer.wrap(message.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The next reply; ends of processes come whenever they like. */
    private ByteBuffer answer() throws IOException {
        ByteBuffer message = reply();
        while (message.getInt(0) == EXIT) {
            message = reply();
        }
        return message;
    }

    /** Receives all replies from now on; only their requests' ids are kept. */
    void collect() {
        Thread.ofPlatform()
                .daemon()
                .start(
                        () -> {
                            try {
                                while (true) {
                                    collected.add(reply().getInt(4));
                                }
                            } catch (IOException e) {
                                // The test is over.
                            }
                        });
    }

    int configure(int first) throws IOException {
        send(
                LauncherConnection.CONFIGURE,
                1,
                0,
                0,
                ByteBuffer.allocate(9)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(first)
                        .putInt(first)
                        .array(),
                List.of());
        return answer().getInt(8);
    }

    int build() throws IOException {
        send(LauncherConnection.BUILD, 3, 0, 0, new byte[4], List.of());
        return answer().getInt(8);
    }

    int layers() throws IOException {
        send(LauncherConnection.ABOUT, 4, 0, 0, new byte[0], List.of());
        return answer().getInt(20);
    }

    long descriptors() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/proc/" + pid + "/fd"))) {
            return files.count();
        }
    }

    long memoryKilobytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .sum();
    }

    @Override
    public void close() {
        socket.close();
        SpawnedProgram.reap(pid);
    }
}
