package dev.microsandbox.vmm.machine;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The newest part of a machine's console and error output. The guest can write without end, so the
 * memory used is bounded, and reading never stops. Thread-safe.
 */
public final class LogTail {

    private static final int KEPT_BYTES = 16 * 1024;
    private static final int SHOWN_LINES = 12;

    /** A ring: the next byte goes to {@code written % KEPT_BYTES}. */
    private final byte[] ring = new byte[KEPT_BYTES];

    private long written;

    /** Appends everything from a stream until its end. */
    public void drain(InputStream in) {
        byte[] buffer = new byte[4096];
        try (in) {
            int length;
            while ((length = in.read(buffer)) >= 0) {
                append(buffer, length);
            }
        } catch (IOException e) {
            // The process has ended. Keep what was read.
        }
    }

    /** Appends the first bytes of an array. */
    public synchronized void append(byte[] bytes, int length) {
        for (int i = 0; i < length; i++) {
            ring[(int) (written++ % KEPT_BYTES)] = bytes[i];
        }
    }

    /** Appends bytes from native memory, which may change meanwhile. */
    public synchronized void append(MemorySegment bytes) {
        // If there are more bytes than the ring holds, only the last ones matter.
        long from = Math.max(0, bytes.byteSize() - KEPT_BYTES);
        for (long i = from; i < bytes.byteSize(); i++) {
            ring[(int) (written++ % KEPT_BYTES)] = bytes.get(ValueLayout.JAVA_BYTE, i);
        }
    }

    /** Appends a line of the host's own, about something that the guest does not see. */
    public void append(String line) {
        byte[] bytes = ("\n" + line + "\n").getBytes(StandardCharsets.UTF_8);
        append(bytes, bytes.length);
    }

    /** Appends one byte. */
    public synchronized void append(int value) {
        ring[(int) (written++ % KEPT_BYTES)] = (byte) value;
    }

    /** The last lines, without the control characters that the guest may have written. */
    public synchronized String lastLines() {
        int size = (int) Math.min(written, KEPT_BYTES);
        byte[] newest = new byte[size];
        for (int i = 0; i < size; i++) {
            newest[i] = ring[(int) ((written - size + i) % KEPT_BYTES)];
        }
        List<String> lines =
                new String(newest, StandardCharsets.UTF_8)
                        .replaceAll("[\\p{Cc}&&[^\n]]", "")
                        .lines()
                        .filter(line -> !line.isBlank())
                        .toList();
        int from = Math.max(0, lines.size() - SHOWN_LINES);
        return String.join("\n", lines.subList(from, lines.size()));
    }
}
