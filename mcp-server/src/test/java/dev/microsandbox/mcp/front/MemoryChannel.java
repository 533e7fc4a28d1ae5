package dev.microsandbox.mcp.front;

import java.nio.ByteBuffer;

/** A worker that sends given bytes on its only connection, and then closes it. */
final class MemoryChannel implements Worker, WorkerChannel {

    private final ByteBuffer bytes;
    private final int atOnce;
    private boolean open = true;

    /**
     * @param bytes what comes
     * @param atOnce how many bytes come at once, at most
     */
    MemoryChannel(byte[] bytes, int atOnce) {
        this.bytes = ByteBuffer.wrap(bytes);
        this.atOnce = atOnce;
    }

    @Override
    public WorkerChannel connect() {
        return this;
    }

    @Override
    public boolean isAlive() {
        return true;
    }

    @Override
    public String lastWords() {
        return "";
    }

    @Override
    public boolean isQuiet() {
        return !bytes.hasRemaining();
    }

    @Override
    public int read(ByteBuffer into) {
        if (!bytes.hasRemaining()) {
            return -1;
        }
        int size = Math.min(Math.min(atOnce, into.remaining()), bytes.remaining());
        into.put(bytes.slice(bytes.position(), size));
        bytes.position(bytes.position() + size);
        return size;
    }

    @Override
    public int write(ByteBuffer from) {
        int size = from.remaining();
        from.position(from.limit());
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
