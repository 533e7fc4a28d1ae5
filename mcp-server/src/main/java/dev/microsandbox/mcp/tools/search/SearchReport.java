package dev.microsandbox.mcp.tools.search;

import dev.microsandbox.mcp.tools.path.GuestPath;
import dev.microsandbox.mcp.tools.result.ResultKey;
import dev.microsandbox.mcp.tools.result.ResultObject;
import dev.microsandbox.mcp.tools.result.ToolReport;
import dev.microsandbox.mcp.tools.result.UtcTime;
import dev.microsandbox.mcp.tools.search.FileSearch.Ending;
import dev.microsandbox.mcp.tools.search.FileSearch.SearchOutcome;
import dev.microsandbox.mcp.units.Durations;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Builds the result of a search as text and as structured data. */
final class SearchReport {

    private static final ResultKey<Number> LINE = ResultKey.integer("line", "Counted from 1.");

    private static final ResultKey<String> TEXT =
            ResultKey.text("text", "The line; a long one is cut.");

    private static final ResultKey<Boolean> MATCH =
            ResultKey.flag("match", "Whether it matches, or is context.");

    private static final ResultKey<String> FILE_PATH =
            ResultKey.text("path", "What to give as path to other tools.");

    private static final ResultKey<String> FILE_URI =
            ResultKey.text("uri", "The same, where no text can say the name.").optional();

    private static final ResultKey<List<ResultObject>> FILE_LINES =
            ResultKey.objects("lines", "What was found.", LINE, TEXT, MATCH).optional();

    private static final ResultKey<Number> FILE_SIZE =
            ResultKey.integer("size", "Bytes.").optional();

    private static final ResultKey<String> FILE_MODIFIED =
            ResultKey.text("modified", "When, in UTC.").optional();

    private static final ResultKey<String> SEARCHED = ResultKey.text("path", "What was searched.");

    private static final ResultKey<Number> MATCHES =
            ResultKey.integer("matches", "Lines that match.").optional();

    private static final ResultKey<Number> FILES = ResultKey.integer("files", "Files that match.");

    private static final ResultKey<Boolean> TRUNCATED =
            ResultKey.flag("truncated", "Whether there are more than are shown.");

    private static final ResultKey<List<ResultObject>> RESULTS =
            ResultKey.objects(
                    "results",
                    "By file.",
                    FILE_PATH,
                    FILE_URI,
                    FILE_LINES,
                    FILE_SIZE,
                    FILE_MODIFIED);

    /** The keys of a result of {@code search_files}. */
    static final List<ResultKey<?>> KEYS =
            List.of(ToolReport.OK, SEARCHED, MATCHES, FILES, TRUNCATED, RESULTS);

    private SearchReport() {}

    /** The report of a search for lines, grouped by file. */
    static ToolReport of(String path, FileSearch search, SearchOutcome<Matches> outcome) {
        Matches matches = outcome.found();
        ToolReport report =
                begun(path)
                        .fact(MATCHES, matches.matches())
                        .fact(FILES, matches.filesWithMatches());
        ended(report, outcome, matches.omitted() + matches.longLines() > 0);
        if (matches.omitted() > 0) {
            report.hint(
                    "Not shown: %d more matching lines. Narrow pattern, path or glob, or raise limit."
                            .formatted(matches.omitted()));
        }
        if (matches.longLines() > 0) {
            report.hint(
                    "Not shown: %d matching lines of about a megabyte or more, in %s. Use run_command with grep -o."
                            .formatted(
                                    matches.longLines(),
                                    matches.filesWithLongLines().stream()
                                            .map(file -> GuestPath.inLine(search.pathOf(file)))
                                            .collect(Collectors.joining(", "))));
        }
        if (matches.binaryFiles() > 0) {
            report.hint(
                    "Files found to be binary further on, and left there: %d."
                            .formatted(matches.binaryFiles()));
        }
        StringBuilder text = new StringBuilder();
        List<ResultObject> results = new ArrayList<>();
        for (FoundFile file : matches.files()) {
            String found = search.pathOf(file.path());
            text.append(text.isEmpty() ? "" : "\n").append(GuestPath.inLine(found)).append('\n');
            appendLines(text, file.lines());
            ResultObject facts = named(found);
            facts.with(FILE_LINES, file.lines().stream().map(SearchReport::structured).toList());
            results.add(facts);
        }
        return finished(report, results, text.toString(), "[no matches]");
    }

    /**
     * Appends lines in the style of grep: a colon follows the number of a matching line, a hyphen
     * that of a context line.
     */
    private static void appendLines(StringBuilder text, List<FoundFile.Line> lines) {
        long last = 0;
        for (FoundFile.Line line : lines) {
            boolean gap = last > 0 && line.number() > last + 1;
            boolean inContext = lines.stream().anyMatch(l -> !l.matches());
            text.append(gap && inContext ? "--\n" : "")
                    .append(line.number())
                    .append(line.matches() ? ':' : '-')
                    .append(line.text())
                    .append('\n');
            last = line.number();
        }
    }

    private static ResultObject structured(FoundFile.Line line) {
        ResultObject facts = new ResultObject();
        facts.with(LINE, line.number());
        facts.with(TEXT, line.text());
        facts.with(MATCH, line.matches());
        return facts;
    }

    /** The report of a search for files by name. */
    static ToolReport ofNames(String path, FileSearch search, SearchOutcome<NewestFiles> outcome) {
        NewestFiles files = outcome.found();
        List<NewestFiles.DatedFile> shown = files.files();
        long omitted = files.count() - shown.size();
        ToolReport report = begun(path).fact(FILES, files.count());
        ended(report, outcome, omitted > 0);
        if (omitted > 0) {
            report.hint(
                    "Not shown: %d more files, none of them newer. Narrow path or glob, or raise limit."
                            .formatted(omitted));
        }
        StringBuilder text = new StringBuilder();
        List<ResultObject> results = new ArrayList<>();
        for (NewestFiles.DatedFile file : shown) {
            String found = search.pathOf(file.path());
            String modified = UtcTime.minutes(file.modified());
            text.append("%10d %s %s%n".formatted(file.size(), modified, GuestPath.inLine(found)));
            ResultObject facts = named(found);
            facts.with(FILE_SIZE, file.size());
            facts.with(FILE_MODIFIED, modified);
            results.add(facts);
        }
        return finished(report, results, text.toString(), "[no files]");
    }

    private static ToolReport begun(String path) {
        return ToolReport.ok().fact(SEARCHED, GuestPath.asArgument(path));
    }

    private static void ended(ToolReport report, SearchOutcome<?> outcome, boolean omitted) {
        report.fact(TRUNCATED, omitted || outcome.ending() != Ending.COMPLETE);
        switch (outcome.ending()) {
            case COMPLETE -> {
                // The counts are exact.
            }
            case ENOUGH -> report.hint("There are more than were counted.");
            case TIMED_OUT ->
                    report.hint(
                            "Stopped after %s: there may be more. Search a path below, or with a glob."
                                    .formatted(Durations.measured(FileSearch.TIMEOUT)));
        }
        if (!outcome.complaints().isEmpty()) {
            report.hint("Not everything could be read:\n" + outcome.complaints());
        }
    }

    private static ResultObject named(String path) {
        ResultObject facts = new ResultObject();
        facts.with(FILE_PATH, GuestPath.readable(path));
        if (!GuestPath.isPlain(path)) {
            facts.with(FILE_URI, GuestPath.uri(path));
        }
        return facts;
    }

    private static ToolReport finished(
            ToolReport report, List<ResultObject> results, String text, String nothing) {
        if (results.isEmpty()) {
            report.remark(nothing)
                    .hint("Hidden and ignored files count only with unrestricted=true.");
        }
        return report.section(RESULTS, results, text);
    }
}
