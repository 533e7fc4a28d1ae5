package dev.microsandbox.vmm.qemu;

import dev.microsandbox.vmm.storage.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.function.BooleanSupplier;

/** Receives a machine's state in QEMU's migration format. */
final class StateStream {

    private static final int BUFFER = 1 << 20;

    private StateStream() {}

    /**
     * Writes the state to a file while it arrives.
     *
     * @param most the largest size in bytes; only a broken or hostile QEMU sends more
     * @param abandoned whether the result is no longer wanted
     * @return the SHA-256 of the state
     */
    static String receive(ReadableByteChannel from, Path file, long most, BooleanSupplier abandoned)
            throws IOException, InterruptedException {
        MessageDigest digest = Sha256.create();
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
        long total = 0;
        try (FileChannel to = FileChannel.open(file, StandardOpenOption.WRITE)) {
            while (from.read(buffer.clear()) >= 0) {
                if (abandoned.getAsBoolean()) {
                    throw new IOException("nobody waits for it any more");
                }
                total += buffer.flip().remaining();
                if (total > most) {
                    throw new IOException("QEMU's state has more than " + most + " bytes");
                }
                digest.update(buffer.duplicate());
                while (buffer.hasRemaining()) {
                    to.write(buffer);
                }
            }
        } catch (ClosedByInterruptException e) {
            throw PrivateSocket.interrupted(e);
        }
        return Sha256.hex(digest);
    }
}
