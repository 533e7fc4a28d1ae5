package dev.microsandbox.vmm.qemu;

import dev.microsandbox.vmm.linux.FileDescriptor;
import dev.microsandbox.vmm.linux.LocalSocket;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * QEMU's monitor (QMP, docs/interop/qmp-spec.txt in its sources). It executes one command at a
 * time. Its answers are untrusted, because a guest may have taken over QEMU. Not thread-safe.
 */
final class Qmp implements AutoCloseable {

    private static final int LONGEST_LINE = 1 << 16;

    private static final Set<String> OVER = Set.of("none", "completed", "failed", "cancelled");

    private final ByteChannel channel;
    private final ByteBuffer input = ByteBuffer.allocate(4096).flip();

    private Qmp(ByteChannel channel) {
        this.channel = channel;
    }

    /**
     * Negotiates on a new connection, and takes ownership of it.
     *
     * @throws IOException if the other end is not a monitor
     */
    static Qmp begin(ByteChannel channel) throws IOException, InterruptedException {
        Qmp qmp = new Qmp(channel);
        try {
            if (!qmp.line().containsKey("QMP")) {
                throw new IOException("QEMU's monitor does not greet");
            }
            qmp.execute("qmp_capabilities");
            // Excludes RAM that is a shared file from the migration stream.
            qmp.execute(
                    "migrate-set-capabilities",
                    """
                    {"capabilities": [{"capability": "x-ignore-shared", "state": true}]}""");
            return qmp;
        } catch (IOException | InterruptedException e) {
            qmp.close();
            throw e;
        }
    }

    Map<?, ?> execute(String command) throws IOException, InterruptedException {
        return execute(command, "{}");
    }

    /**
     * Executes a command.
     *
     * @param arguments a JSON object
     * @return the command's result; empty if that is not an object
     * @throws IOException if QEMU refuses, with its reason, or has ended
     */
    Map<?, ?> execute(String command, String arguments) throws IOException, InterruptedException {
        send(message(command, arguments));
        return answer(command);
    }

    private static String message(String command, String arguments) {
        return "{\"execute\": \"" + command + "\", \"arguments\": " + arguments + "}\n";
    }

    /** Whether {@link #pass} works on this connection. */
    boolean passesFiles() {
        return channel instanceof LocalSocket;
    }

    /**
     * Passes a descriptor, which QEMU then knows by a name (its command getfd).
     *
     * @param file which the caller still owns
     */
    void pass(String name, FileDescriptor file) throws IOException, InterruptedException {
        byte[] message =
                message("getfd", "{\"fdname\": " + Json.quote(name) + "}")
                        .getBytes(StandardCharsets.UTF_8);
        try {
            // A new socket buffer takes a message of this size as a whole.
            if (!(channel instanceof LocalSocket socket)
                    || socket.send(message, List.of(file)) != message.length) {
                throw new IOException("QEMU's monitor takes no descriptor");
            }
        } catch (ClosedByInterruptException e) {
            throw PrivateSocket.interrupted(e);
        }
        var _ = answer("getfd");
    }

    private Map<?, ?> answer(String command) throws IOException, InterruptedException {
        while (true) {
            Map<String, Object> answer = line();
            if (answer.containsKey("error")) {
                throw new IOException(
                        "QEMU refuses "
                                + command
                                + ": "
                                + Json.text(Json.member(answer, "error"), "desc"));
            }
            if (answer.containsKey("return")) {
                return Json.member(answer, "return");
            }
        }
    }

    /**
     * Whether the last migration, in either direction, is done.
     *
     * @throws IOException if it failed, with QEMU's reason
     */
    boolean isMigrated() throws IOException, InterruptedException {
        Map<?, ?> migration = execute("query-migrate");
        return switch (String.valueOf(Json.text(migration, "status"))) {
            case "completed" -> true;
            case "failed", "cancelled" ->
                    throw new IOException(
                            "QEMU's migration failed: " + Json.text(migration, "error-desc"));
            default -> false;
        };
    }

    /** Whether a migration is in progress. */
    boolean isMigrating() throws IOException, InterruptedException {
        String status = Json.text(execute("query-migrate"), "status");
        return status != null && !OVER.contains(status);
    }

    private void send(String text) throws IOException, InterruptedException {
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (ClosedByInterruptException e) {
            throw PrivateSocket.interrupted(e);
        } catch (IOException e) {
            throw gone(e);
        }
    }

    private Map<String, Object> line() throws IOException, InterruptedException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        while (line.size() <= LONGEST_LINE) {
            byte b = next();
            if (b == '\n') {
                try {
                    return Json.object(line.toString(StandardCharsets.UTF_8));
                } catch (ParseException e) {
                    throw new IOException("QEMU's monitor answers " + e.getMessage(), e);
                }
            }
            line.write(b);
        }
        throw new IOException("QEMU's monitor answers without an end");
    }

    private byte next() throws IOException, InterruptedException {
        while (!input.hasRemaining()) {
            int count;
            try {
                count = channel.read(input.clear());
            } catch (ClosedByInterruptException e) {
                throw PrivateSocket.interrupted(e);
            } catch (IOException e) {
                throw gone(e);
            }
            input.flip();
            if (count < 0) {
                throw gone(null);
            }
        }
        return input.get();
    }

    private static IOException gone(@Nullable IOException cause) {
        return new IOException("QEMU has closed its monitor", cause);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // No command is in progress, so nothing is lost.
            return;
        }
    }
}
