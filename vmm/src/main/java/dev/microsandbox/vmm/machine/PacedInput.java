package dev.microsandbox.vmm.machine;

import dev.microsandbox.vmm.linux.ProcessorShare;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * The bytes from a guest, for one platform thread that does nothing else than read and handle them.
 * A read pauses when that thread has used more than its share of a processor.
 */
public final class PacedInput extends FilterInputStream {

    private final ProcessorShare share = new ProcessorShare();

    /**
     * @param in closed with this stream
     */
    public PacedInput(InputStream in) {
        super(in);
    }

    @Override
    public int read() throws IOException {
        share.pace();
        return in.read();
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        share.pace();
        return in.read(into, offset, length);
    }
}
