package dev.microsandbox.mcp.seam;

import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;

/** Gives bytes in small pieces, and takes them so; then the other end is gone. */
final class CutChannel implements ByteChannel {

    private final ByteBuffer in;
    private final int atOnce;
    final ByteBuffer out = ByteBuffer.allocate(4096);
    private boolean open = true;

    /**
     * @param in what comes
     * @param atOnce how many bytes come or go at once, at most
     */
    CutChannel(byte[] in, int atOnce) {
        this.in = ByteBuffer.wrap(in);
        this.atOnce = atOnce;
    }

    /** How many bytes have not been read. */
    int left() {
        return in.remaining();
    }

    @Override
    public int read(ByteBuffer into) {
        return in.hasRemaining() ? move(in, into) : -1;
    }

    @Override
    public int write(ByteBuffer from) {
        return move(from, out);
    }

    private int move(ByteBuffer from, ByteBuffer to) {
        int size = Math.min(atOnce, Math.min(from.remaining(), to.remaining()));
        to.put(from.slice(from.position(), size));
        from.position(from.position() + size);
        return size;
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public void close() {
        open = false;
    }
}
