package dev.microsandbox.mcp.tools;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** The tools that {@code docs/tools.md} lists. */
public final class ToolGuide {

    private static final Path FILE = Path.of("../docs/tools.md");

    /** The first column of the table whose first heading is "tool". */
    private static final Pattern TABLE =
            Pattern.compile("^\\| tool \\|.*\\R\\|[-|]+\\R((?:\\|.*\\R)+)", Pattern.MULTILINE);

    private static final Pattern NAME = Pattern.compile("^\\| `(\\w+)` \\|", Pattern.MULTILINE);

    private ToolGuide() {}

    /** The names of the tools, in the order of the table. */
    public static List<String> names() throws IOException {
        String table =
                TABLE.matcher(Files.readString(FILE))
                        .results()
                        .map(found -> found.group(1))
                        .findFirst()
                        .orElseThrow(() -> new IOException(FILE + " has no table of tools"));
        return NAME.matcher(table).results().map(found -> found.group(1)).toList();
    }
}
