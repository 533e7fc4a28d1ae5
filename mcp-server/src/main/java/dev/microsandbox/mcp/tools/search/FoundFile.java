package dev.microsandbox.mcp.tools.search;

import java.util.List;

/**
 * A file with matches.
 *
 * @param path the path relative to the searched directory; see {@link
 *     dev.microsandbox.vmm.PathBytes}
 * @param lines the lines in file order
 */
public record FoundFile(String path, List<Line> lines) {

    /**
     * A line of a file.
     *
     * @param number the line number, counted from 1
     * @param text the text, safe to show; a long line is cut around the match
     * @param matches whether the line matches; false for a context line
     */
    public record Line(long number, String text, boolean matches) {}
}
