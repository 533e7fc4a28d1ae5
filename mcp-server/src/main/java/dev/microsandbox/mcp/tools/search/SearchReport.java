package dev.microsandbox.mcp.tools.search;

import dev.microsandbox.mcp.tools.path.GuestPath;
import dev.microsandbox.mcp.tools.result.ToolReport;
import dev.microsandbox.mcp.tools.result.UtcTime;
import dev.microsandbox.mcp.tools.search.FileSearch.Ending;
import dev.microsandbox.mcp.tools.search.FileSearch.Outcome;
import dev.microsandbox.mcp.units.Durations;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What a search found, for readers and for programs. */
final class SearchReport {

    private SearchReport() {}

    /** Lines, file by file. */
    static ToolReport of(String path, FileSearch search, Outcome<Matches> outcome) {
        Matches matches = outcome.found();
        ToolReport report =
                begun(path)
                        .fact("matches", matches.matches())
                        .fact("files", matches.filesWithMatches());
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
                                            .map(file -> GuestPath.inALine(search.pathOf(file)))
                                            .collect(Collectors.joining(", "))));
        }
        if (matches.binaryFiles() > 0) {
            report.hint(
                    "Files found to be binary further on, and left there: %d."
                            .formatted(matches.binaryFiles()));
        }
        StringBuilder text = new StringBuilder();
        List<Map<String, Object>> results = new ArrayList<>();
        for (FoundFile file : matches.files()) {
            String found = search.pathOf(file.path());
            text.append(text.isEmpty() ? "" : "\n").append(GuestPath.inALine(found)).append('\n');
            appendLines(text, file.lines());
            Map<String, Object> facts = named(found);
            facts.put("lines", file.lines().stream().map(SearchReport::structured).toList());
            results.add(facts);
        }
        return finished(report, results, text.toString(), "[no matches]");
    }

    /** As grep does: a colon after the number of a line that matches, a hyphen after others. */
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

    private static Map<String, Object> structured(FoundFile.Line line) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("line", line.number());
        facts.put("text", line.text());
        facts.put("match", line.matches());
        return facts;
    }

    /** Files by name. */
    static ToolReport ofNames(String path, FileSearch search, Outcome<NewestFiles> outcome) {
        NewestFiles files = outcome.found();
        List<NewestFiles.Entry> shown = files.files();
        long omitted = files.count() - shown.size();
        ToolReport report = begun(path).fact("files", files.count());
        ended(report, outcome, omitted > 0);
        if (omitted > 0) {
            report.hint(
                    "Not shown: %d more files, none of them newer. Narrow path or glob, or raise limit."
                            .formatted(omitted));
        }
        StringBuilder text = new StringBuilder();
        List<Map<String, Object>> results = new ArrayList<>();
        for (NewestFiles.Entry file : shown) {
            String found = search.pathOf(file.path());
            String modified = UtcTime.minutes(file.modified());
            text.append("%10d %s %s%n".formatted(file.size(), modified, GuestPath.inALine(found)));
            Map<String, Object> facts = named(found);
            facts.put("size", file.size());
            facts.put("modified", modified);
            results.add(facts);
        }
        return finished(report, results, text.toString(), "[no files]");
    }

    private static ToolReport begun(String path) {
        return ToolReport.status("ok").fact("path", GuestPath.given(path));
    }

    private static void ended(ToolReport report, Outcome<?> outcome, boolean omitted) {
        report.fact("truncated", omitted || outcome.ending() != Ending.COMPLETE);
        switch (outcome.ending()) {
            case COMPLETE -> {
                // Then the counts are what they say.
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

    private static Map<String, Object> named(String path) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("path", GuestPath.readable(path));
        if (!GuestPath.isPlain(path)) {
            facts.put("uri", GuestPath.uri(path));
        }
        return facts;
    }

    private static ToolReport finished(
            ToolReport report, List<Map<String, Object>> results, String text, String nothing) {
        if (results.isEmpty()) {
            report.remark(nothing)
                    .hint("Hidden and ignored files count only with unrestricted=true.");
        }
        return report.section("results", results, text);
    }
}
