package dev.microsandbox.vmm.agent;

/**
 * Finds a token in a stream of bytes that arrives in any pieces. The token is random and is created
 * after the bytes that precede it, so those cannot contain it. Not thread-safe.
 */
final class TokenSearch {

    private final byte[] token;

    /** A ring of the newest bytes, as many as the token has. */
    private final byte[] newest;

    private long seen;

    TokenSearch(byte[] token) {
        this.token = token.clone();
        this.newest = new byte[token.length];
    }

    /**
     * Takes the next bytes.
     *
     * @return the index after the token's last byte; -1 if it has not arrived yet
     * @throws ProtocolException if more than {@link Protocol#STALE_MAX} bytes arrived without it
     */
    int feed(byte[] bytes, int offset, int length) throws ProtocolException {
        for (int i = offset; i < offset + length; i++) {
            newest[(int) (seen % newest.length)] = bytes[i];
            seen++;
            if (bytes[i] == token[token.length - 1] && isFound()) {
                return i + 1;
            }
        }
        if (seen > Protocol.STALE_MAX) {
            throw new ProtocolException(
                    "it sent " + seen + " bytes without an answer to RENEW among them");
        }
        return -1;
    }

    private boolean isFound() {
        if (seen < token.length) {
            return false;
        }
        int start = (int) (seen % token.length);
        for (int i = 0; i < token.length; i++) {
            if (newest[(start + i) % token.length] != token[i]) {
                return false;
            }
        }
        return true;
    }
}
