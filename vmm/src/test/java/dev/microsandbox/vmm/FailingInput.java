package dev.microsandbox.vmm;

import java.io.IOException;
import java.io.InputStream;

/** A stream that returns some bytes and then fails. */
final class FailingInput extends InputStream {

    private int left = 100_000;

    @Override
    public int read() throws IOException {
        if (left-- == 0) {
            throw new IOException("source failed");
        }
        return 'y';
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        int count = Math.min(length, 10_000);
        for (int i = 0; i < count; i++) {
            bytes[offset + i] = (byte) read();
        }
        return count;
    }
}
