package dev.microsandbox.mcp.tools.output;

/**
 * Text of a bounded size.
 *
 * @param head the beginning, or everything
 * @param tail the end; empty where nothing was omitted and the head is everything
 * @param omittedBytes UTF-8 bytes left out between the two
 * @param omittedLines line ends among them
 */
public record CapturedText(String head, String tail, long omittedBytes, long omittedLines) {

    public boolean isEmpty() {
        return head.isEmpty() && tail.isEmpty();
    }

    public boolean isTruncated() {
        return omittedBytes > 0;
    }

    /**
     * The text; where something was left out, a line between the ends says how much.
     *
     * @param whole where to find all of it, for example a path; empty if nowhere
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
