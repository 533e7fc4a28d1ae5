package dev.microsandbox.mcp.tools.image;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import javax.imageio.ImageReader;
import javax.imageio.ImageWriter;
import javax.imageio.event.IIOReadProgressListener;
import javax.imageio.event.IIOWriteProgressListener;

/**
 * When work on an image has to end. A reader or a writer checks it at each row, and at each block
 * of bytes, because an image can consist of any number of empty parts. Thread-safe.
 */
final class Deadline {

    private final long end;
    private volatile boolean cancelled;

    /**
     * @param nanos how long the work may take
     */
    Deadline(long nanos) {
        end = System.nanoTime() + nanos;
    }

    void cancel() {
        cancelled = true;
    }

    boolean isOver() {
        return cancelled || System.nanoTime() - end >= 0;
    }

    /**
     * Checks that there is time left.
     *
     * @throws IOException if there is none
     */
    void check() throws IOException {
        if (isOver()) {
            throw new IOException("no time is left");
        }
    }

    /** The bytes of an image, until the deadline. */
    InputStream stream(byte[] data) {
        return new InputStream() {
            private final ByteArrayInputStream bytes = new ByteArrayInputStream(data);

            @Override
            public int read() throws IOException {
                check();
                return bytes.read();
            }

            @Override
            public int read(byte[] to, int offset, int length) throws IOException {
                check();
                return bytes.read(to, offset, length);
            }
        };
    }

    void watch(ImageReader reader) {
        reader.addIIOReadProgressListener(
                new IIOReadProgressListener() {
                    @Override
                    public void imageProgress(ImageReader source, float percent) {
                        if (isOver()) {
                            source.abort();
                        }
                    }

                    @Override
                    public void sequenceStarted(ImageReader source, int minIndex) {}

                    @Override
                    public void sequenceComplete(ImageReader source) {}

                    @Override
                    public void imageStarted(ImageReader source, int index) {}

                    @Override
                    public void imageComplete(ImageReader source) {}

                    @Override
                    public void thumbnailStarted(ImageReader source, int image, int thumbnail) {}

                    @Override
                    public void thumbnailProgress(ImageReader source, float percent) {}

                    @Override
                    public void thumbnailComplete(ImageReader source) {}

                    @Override
                    public void readAborted(ImageReader source) {}
                });
    }

    void watch(ImageWriter writer) {
        writer.addIIOWriteProgressListener(
                new IIOWriteProgressListener() {
                    @Override
                    public void imageProgress(ImageWriter source, float percent) {
                        if (isOver()) {
                            source.abort();
                        }
                    }

                    @Override
                    public void imageStarted(ImageWriter source, int index) {}

                    @Override
                    public void imageComplete(ImageWriter source) {}

                    @Override
                    public void thumbnailStarted(ImageWriter source, int image, int thumbnail) {}

                    @Override
                    public void thumbnailProgress(ImageWriter source, float percent) {}

                    @Override
                    public void thumbnailComplete(ImageWriter source) {}

                    @Override
                    public void writeAborted(ImageWriter source) {}
                });
    }
}
