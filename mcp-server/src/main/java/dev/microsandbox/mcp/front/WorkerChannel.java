package dev.microsandbox.mcp.front;

import java.io.IOException;
import java.nio.channels.ByteChannel;

/**
 * A connection to a worker. One thread at a time reads or writes; any thread may close it, upon
 * which a thread that waits for it gets an exception. Reads and writes wait, without a limit of
 * time.
 */
public interface WorkerChannel extends ByteChannel {

    /**
     * Whether the other end is open and has sent nothing that was not read. Does not wait. What a
     * worker sends between two requests would be taken for the second one's answer.
     */
    boolean isQuiet() throws IOException;
}
