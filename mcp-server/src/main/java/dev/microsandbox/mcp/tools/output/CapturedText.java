package dev.microsandbox.mcp.tools.output;

/**
 * A text of bounded size.
 *
 * @param head the beginning, or the whole text
 * @param tail the end; empty if the head is the whole text
 * @param omittedBytes number of UTF-8 bytes omitted between head and tail
 * @param omittedLines number of line ends among these bytes
 */
public record CapturedText(String head, String tail, long omittedBytes, long omittedLines) {

    public boolean isEmpty() {
        return head.isEmpty() && tail.isEmpty();
    }

    public boolean isTruncated() {
        return omittedBytes > 0;
    }

    /**
     * The text. If something was omitted, a line between head and tail says how much.
     *
     * @param whole where to find the whole text, for example a path; empty if nowhere
     */
    public String shown(String whole) {
        if (!isTruncated()) {
            return head + tail;
        }
        String where = whole.isEmpty() ? "" : "; all of it: " + whole;
        return head
                + (head.isEmpty() || head.endsWith("\n") ? "" : "\n")
                + "[… %d bytes, %d lines omitted%s …]\n"
                        .formatted(omittedBytes, omittedLines, where)
                + tail;
    }
}
