package dev.microsandbox.vmm.launch;

import java.io.IOException;
import java.nio.channels.ByteChannel;

/** A connection to a worker. One thread may read while another writes; any may close it. */
public interface WorkerSocket extends ByteChannel {

    /** Whether the worker's end is open and has sent nothing that was not read. */
    boolean isQuiet() throws IOException;

    @Override
    void close();
}
