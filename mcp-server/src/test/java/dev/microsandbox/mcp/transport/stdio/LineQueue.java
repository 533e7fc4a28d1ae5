package dev.microsandbox.mcp.transport.stdio;

import dev.microsandbox.mcp.transport.Messages;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import tools.jackson.databind.JsonNode;

/**
 * Receives the messages of a stdio server. A pipe of the Java library does not work here: it breaks
 * when the thread that wrote last has ended.
 */
public final class LineQueue extends OutputStream {

    public final BlockingQueue<JsonNode> messages = new LinkedBlockingQueue<>();

    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private volatile boolean broken;

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        if (broken) {
            throw new IOException("Broken pipe");
        }
        for (int i = offset; i < offset + length; i++) {
            if (bytes[i] == '\n') {
                messages.add(Messages.JSON.readTree(line.toByteArray()));
                line.reset();
            } else {
                line.write(bytes[i]);
            }
        }
    }

    /** Makes all further writes fail. */
    void breakOff() {
        broken = true;
    }
}
