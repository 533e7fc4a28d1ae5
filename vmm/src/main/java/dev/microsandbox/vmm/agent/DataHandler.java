package dev.microsandbox.vmm.agent;

import java.io.IOException;

/** Takes a stream's bytes, in order, on the thread that waits for the stream's end. */
@FunctionalInterface
interface DataHandler {

    /** For operations that send none. */
    DataHandler NONE = (channel, bytes) -> {};

    /** May block: the agent is held back meanwhile. A failure cancels the operation. */
    void accept(int channel, byte[] bytes) throws IOException;
}
