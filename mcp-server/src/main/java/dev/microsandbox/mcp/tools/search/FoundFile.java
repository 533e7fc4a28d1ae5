package dev.microsandbox.mcp.tools.search;

import java.util.List;

/**
 * A file in which something was found.
 *
 * @param path relative to what was searched; see {@link dev.microsandbox.vmm.PathBytes}
 * @param lines in their order
 */
public record FoundFile(String path, List<Line> lines) {

    /**
     * A line.
     *
     * @param number counted from 1
     * @param text safe to show, long ones cut around what was found
     * @param matches whether it is not context only
     */
    public record Line(long number, String text, boolean matches) {}
}
