package dev.microsandbox.mcp.front;

import java.nio.ByteBuffer;

/**
 * Tells whether an event stream is between two events. Only there can the front add one of its own:
 * anywhere else it would end somebody else's, and make half a message a whole one.
 */
final class EventBoundary {

    /** How many line ends the stream ends with; at its beginning as many as after an event. */
    private int lineEnds = 2;

    /** Counts bytes that were sent. */
    void sent(ByteBuffer bytes) {
        for (int i = bytes.position(); i < bytes.limit(); i++) {
            byte b = bytes.get(i);
            if (b == '\n') {
                lineEnds++;
            } else if (b != '\r') {
                lineEnds = 0;
            }
        }
    }

    boolean isBetweenEvents() {
        return lineEnds >= 2;
    }
}
