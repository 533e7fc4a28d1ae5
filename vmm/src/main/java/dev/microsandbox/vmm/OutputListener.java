package dev.microsandbox.vmm;

/**
 * Receives what a guest's process prints. Called on the thread that waits for the process, never at
 * the same time twice; while a call lasts, the process is held back (flow control) once about 256
 * KiB are waiting. The arrays belong to the listener.
 */
public interface OutputListener {

    /** Receives nothing: output is dropped. */
    OutputListener DISCARD =
            new OutputListener() {
                @Override
                public void stdout(byte[] bytes) {}

                @Override
                public void stderr(byte[] bytes) {}
            };

    /** Bytes of standard output, cut anywhere, also inside a character. */
    void stdout(byte[] bytes);

    /** Bytes of standard error, cut anywhere, also inside a character. */
    void stderr(byte[] bytes);
}
