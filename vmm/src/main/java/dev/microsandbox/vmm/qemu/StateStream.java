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

/** A machine's state, as QEMU's migration writes it. */
final class StateStream {

    private static final int BUFFER = 1 << 20;

    private StateStream() {}

    /**
     * Writes it to a file as it comes.
     *
     * @param most bytes that it can have; who sends more has lost its senses
     * @param abandoned whether nobody wants it any more
     * @return its hash
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
