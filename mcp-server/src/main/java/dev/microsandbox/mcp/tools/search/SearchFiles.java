package dev.microsandbox.mcp.tools.search;

import dev.microsandbox.mcp.tools.definition.Arguments;
import dev.microsandbox.mcp.tools.definition.Parameter;
import dev.microsandbox.mcp.tools.definition.SandboxTool;
import dev.microsandbox.mcp.tools.definition.ToolDefinition;
import dev.microsandbox.mcp.tools.definition.ToolException;
import java.util.List;

/** {@code search_files}: finds lines in files, or files by their names. */
public final class SearchFiles implements SandboxTool {

    static final String HOME = "/workspace";

    /** Maximum length of a pattern or glob, so that the command line has room for it. */
    private static final int MAX_PATTERN = 10_000;

    private static final Parameter<String> PATTERN =
            Parameter.text(
                            "pattern",
                            "Regular expression, in ripgrep's syntax, that a line is to match."
                                    + " Without it, files are found by glob.")
                    .alias("regex", "query");

    private static final Parameter<String> PATH =
            Parameter.path("Directory or file to search; relative to /workspace.")
                    .alias("file_path", "file", "filename", "dir", "directory")
                    .defaultsTo(HOME);

    private static final Parameter<String> GLOB =
            Parameter.text(
                            "glob",
                            "Which files, as in .gitignore: *.py, *.{ts,tsx}, src/**/test_*, or"
                                    + " !*.min.js for all but these.")
                    .alias("include", "file_pattern");

    private static final Parameter<Boolean> IGNORE_CASE =
            Parameter.flag("ignore_case", "Upper and lower case are the same.")
                    .alias("case_insensitive", "i");

    private static final Parameter<Boolean> LITERAL =
            Parameter.flag("literal", "pattern is plain text, not a regular expression.")
                    .alias("fixed_strings");

    private static final Parameter<Long> CONTEXT =
            Parameter.integer("context", "Lines to show before and after each match.", 0, 20)
                    .alias("context_lines")
                    .defaultsTo(0L);

    private static final Parameter<Long> LIMIT =
            Parameter.integer("limit", "Most matching lines, or files, to show.", 1, 1000)
                    .alias("max_results", "head_limit")
                    .defaultsTo(100L);

    private static final Parameter<Boolean> UNRESTRICTED =
            Parameter.flag(
                            "unrestricted",
                            "Search hidden files too, and those that .gitignore excludes.")
                    .alias("include_ignored", "no_ignore");

    @Override
    public ToolDefinition definition() {
        return new ToolDefinition(
                "search_files",
                "Search files",
                """
                Searches the files of this session's sandbox with ripgrep: lines that match \
                pattern, below path (default /workspace), in files that match glob. Results are \
                grouped by file, each line with its number; the counts are of all matches, also of \
                those that are not shown. Without pattern, lists the files that match glob, newest \
                first.

                Binary and hidden files, and those that .gitignore excludes, are left out unless \
                unrestricted is set (binary ones always). A pattern matches within a line.\
                """,
                List.of(PATTERN, PATH, GLOB, IGNORE_CASE, LITERAL, CONTEXT, LIMIT, UNRESTRICTED),
                SearchReport.KEYS,
                ToolDefinition.Effect.READS);
    }

    @Override
    public SandboxCall prepare(Arguments arguments) {
        if (!arguments.has(PATTERN) && !arguments.has(GLOB)) {
            throw new ToolException(
                    "search_files needs pattern, to find lines, or glob, to find files by name.");
        }
        Query query =
                new Query(
                        arguments.find(PATTERN).map(SearchFiles::checkedPattern),
                        arguments.find(GLOB).map(g -> checked("glob", g)),
                        arguments.get(IGNORE_CASE),
                        arguments.get(LITERAL),
                        arguments.get(CONTEXT).intValue(),
                        arguments.get(UNRESTRICTED));
        String path = arguments.get(PATH);
        int limit = arguments.get(LIMIT).intValue();
        return lease -> {
            FileSearch search = FileSearch.of(lease.sandbox(), path);
            return query.pattern().isPresent()
                    ? SearchReport.of(path, search, search.lines(query, limit))
                    : SearchReport.ofNames(path, search, search.names(query, limit));
        };
    }

    private static String checkedPattern(String pattern) {
        if (pattern.indexOf('\n') >= 0) {
            throw new ToolException(
                    "pattern has a line end, but matches within a line: search for one of them,"
                            + " with context.");
        }
        return checked("pattern", pattern);
    }

    private static String checked(String name, String value) {
        if (value.isEmpty() || value.indexOf('\0') >= 0 || value.length() > MAX_PATTERN) {
            throw new ToolException(
                    "%s must have 1 to %d characters and no NUL.".formatted(name, MAX_PATTERN));
        }
        return value;
    }
}
