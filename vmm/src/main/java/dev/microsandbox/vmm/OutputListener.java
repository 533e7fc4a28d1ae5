package dev.microsandbox.vmm;

/**
 * Receives the output of a guest's process. Called on the thread that waits for the process, one
 * call at a time. During a call the process has to wait once about 256 KiB of its output are
 * pending (flow control). The arrays belong to the listener.
 */
public interface OutputListener {

    /** Drops all output. */
    OutputListener DISCARD =
            new OutputListener() {
                @Override
                public void stdout(byte[] bytes) {}

                @Override
                public void stderr(byte[] bytes) {}
            };

    /** Bytes of standard output. A piece may end inside a character. */
    void stdout(byte[] bytes);

    /** Bytes of standard error. A piece may end inside a character. */
    void stderr(byte[] bytes);
}
