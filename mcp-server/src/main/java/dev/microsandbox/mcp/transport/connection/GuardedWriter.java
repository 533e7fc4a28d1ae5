package dev.microsandbox.mcp.transport.connection;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataWriter;

/** Writes answers to a connection in pieces, so that a client that does not read is noticed. */
record GuardedWriter(DataWriter writer, Connection connection) implements DataWriter {

    private static final int PIECE = 64 << 10;

    @Override
    public void write(BufferData... buffers) {
        writeNow(buffers);
    }

    @Override
    public void write(BufferData buffer) {
        writeNow(buffer);
    }

    @Override
    public void writeNow(BufferData... buffers) {
        for (BufferData buffer : buffers) {
            writeNow(buffer);
        }
    }

    @Override
    public void writeNow(BufferData buffer) {
        while (buffer.available() > PIECE) {
            byte[] piece = new byte[PIECE];
            buffer.read(piece, 0, PIECE);
            writePiece(BufferData.create(piece));
        }
        writePiece(buffer);
    }

    private void writePiece(BufferData piece) {
        connection.write(piece.available(), () -> writer.writeNow(piece));
    }

    @Override
    public void flush() {
        writer.flush();
    }

    @Override
    public void close() {
        writer.close();
    }
}
