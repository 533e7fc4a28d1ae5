package dev.microsandbox.mcp.tools.search;

import java.io.ByteArrayOutputStream;

/** Cuts a stream of bytes into lines of a bounded length. Not thread-safe. */
final class JsonLines {

    /** The maximum number of bytes that are kept of a line. */
    static final int MAX_LINE = 1024 * 1024;

    /** Receives lines. */
    interface LineSink {
        /**
         * Receives a line without its line end.
         *
         * @param isWhole false if the line was too long and only its beginning is given
         */
        void line(byte[] line, boolean isWhole);
    }

    private final LineSink sink;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private boolean tooLong;

    JsonLines(LineSink sink) {
        this.sink = sink;
    }

    void append(byte[] bytes) {
        int start = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == '\n') {
                keep(bytes, start, i);
                start = i + 1;
                byte[] whole = line.toByteArray();
                boolean cut = tooLong;
                line.reset();
                tooLong = false;
                sink.line(whole, !cut);
            }
        }
        keep(bytes, start, bytes.length);
    }

    private void keep(byte[] bytes, int start, int end) {
        int room = MAX_LINE - line.size();
        tooLong |= end - start > room;
        line.write(bytes, start, Math.min(end - start, room));
    }
}
