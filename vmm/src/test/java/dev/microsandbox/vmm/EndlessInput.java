package dev.microsandbox.vmm;

import java.io.InputStream;

/** A stream of more bytes than any disk holds. */
final class EndlessInput extends InputStream {

    @Override
    public int read() {
        return 'x';
    }

    @Override
    public int read(byte[] bytes, int offset, int length) {
        java.util.Arrays.fill(bytes, offset, offset + length, (byte) 'x');
        return length;
    }
}
