package dev.microsandbox.mcp.tools.files;

import dev.microsandbox.mcp.session.computer.SandboxLease;
import dev.microsandbox.mcp.tools.definition.Arguments;
import dev.microsandbox.mcp.tools.definition.Parameter;
import dev.microsandbox.mcp.tools.definition.SandboxTool;
import dev.microsandbox.mcp.tools.definition.ToolDefinition;
import dev.microsandbox.mcp.tools.path.GuestPath;
import dev.microsandbox.mcp.tools.result.ErrorText;
import dev.microsandbox.mcp.tools.result.ResultKey;
import dev.microsandbox.mcp.tools.result.ResultObject;
import dev.microsandbox.mcp.tools.result.ToolReport;
import dev.microsandbox.mcp.tools.result.UtcTime;
import dev.microsandbox.vmm.FileEntry;
import dev.microsandbox.vmm.FileStat;
import dev.microsandbox.vmm.SandboxFiles;
import java.util.List;
import java.util.Locale;

/** {@code list_files}: lists the entries of a directory. */
public final class ListFiles implements SandboxTool {

    /** Maximum number of entries that a call returns. */
    static final int MAX_ENTRIES = 1000;

    private static final Parameter<String> PATH =
            Parameter.path("The directory; relative to /workspace.")
                    .alias("dir", "directory")
                    .defaultsTo("/workspace");

    private static final Parameter<Long> DEPTH =
            Parameter.integer("depth", "Levels to go down; 1 is the directory itself.", 1, 16)
                    .defaultsTo(1L);

    private static final ResultKey<String> ENTRY_PATH =
            ResultKey.text("path", "Relative to the directory listed.");

    private static final ResultKey<String> ENTRY_URI =
            ResultKey.text("uri", "What to give as path, where no text can say the name.")
                    .optional();

    private static final ResultKey<String> TYPE =
            ResultKey.choice("type", "What it is.", "file", "directory", "symbolic_link", "other");

    private static final ResultKey<Number> SIZE = ResultKey.integer("size", "Bytes.");

    private static final ResultKey<String> MODE =
            ResultKey.text("mode", "Permissions, as in rwxr-xr-x.");

    private static final ResultKey<String> MODIFIED = ResultKey.text("modified", "When, in UTC.");

    private static final ResultKey<String> TARGET =
            ResultKey.text("target", "Where a symbolic link points.").optional();

    private static final ResultKey<String> LISTED = ResultKey.text("path", "The directory listed.");

    private static final ResultKey<Number> COUNT =
            ResultKey.integer("count", "How many entries follow.");

    private static final ResultKey<Boolean> TRUNCATED =
            ResultKey.flag("truncated", "Whether there are more.");

    private static final ResultKey<List<ResultObject>> ENTRIES =
            ResultKey.objects(
                    "entries",
                    "Parents before children.",
                    ENTRY_PATH,
                    ENTRY_URI,
                    TYPE,
                    SIZE,
                    MODE,
                    MODIFIED,
                    TARGET);

    @Override
    public ToolDefinition definition() {
        return new ToolDefinition(
                "list_files",
                "List files",
                """
                Lists a directory of this session's sandbox, hidden files included: type and \
                permissions, size, time of change (UTC), path. Relative paths start at /workspace, \
                which is also the default. At most 1000 entries. A name that no text can say is \
                shown as a file: URI, which every path may be given as. To find files by name or \
                content use search_files.\
                """,
                List.of(PATH, DEPTH),
                List.of(ToolReport.OK, LISTED, COUNT, TRUNCATED, ENTRIES),
                ToolDefinition.Effect.READS);
    }

    @Override
    public SandboxCall prepare(Arguments arguments) {
        String path = arguments.get(PATH);
        int depth = arguments.get(DEPTH).intValue();
        return lease -> list(lease, path, depth);
    }

    private static ToolReport list(SandboxLease lease, String path, int depth)
            throws InterruptedException {
        SandboxFiles.Listing listing = lease.sandbox().files().list(path, depth, MAX_ENTRIES);
        List<FileEntry> entries = listing.entries();
        StringBuilder text = new StringBuilder();
        entries.forEach(entry -> text.append(line(path, entry)).append('\n'));
        ToolReport report =
                ToolReport.ok()
                        .fact(LISTED, GuestPath.asArgument(path))
                        .fact(COUNT, entries.size())
                        .fact(TRUNCATED, listing.truncated());
        if (listing.truncated()) {
            report.hint("There is more: list a directory below, or use run_command with find.");
        }
        if (entries.isEmpty()) {
            report.remark("[empty directory]");
        }
        return report.section(
                ENTRIES,
                entries.stream().map(entry -> structured(path, entry)).toList(),
                text.toString());
    }

    private static String line(String directory, FileEntry entry) {
        FileStat stat = entry.stat();
        String name = GuestPath.isPlain(entry.path()) ? entry.path() : uri(directory, entry.path());
        return switch (stat.type()) {
            case DIRECTORY -> "d%s %10s %s %s/".formatted(mode(stat), "-", time(stat), name);
            case SYMBOLIC_LINK ->
                    "l%s %10s %s %s -> %s"
                            .formatted(mode(stat), "-", time(stat), name, target(stat));
            case FILE -> "-%s %10d %s %s".formatted(mode(stat), stat.size(), time(stat), name);
            case OTHER -> "?%s %10d %s %s".formatted(mode(stat), stat.size(), time(stat), name);
        };
    }

    private static ResultObject structured(String directory, FileEntry entry) {
        FileStat stat = entry.stat();
        ResultObject facts = new ResultObject();
        facts.with(ENTRY_PATH, GuestPath.readable(entry.path()));
        if (!GuestPath.isPlain(entry.path())) {
            facts.with(ENTRY_URI, uri(directory, entry.path()));
        }
        facts.with(TYPE, stat.type().name().toLowerCase(Locale.ROOT));
        facts.with(SIZE, stat.size());
        facts.with(MODE, mode(stat));
        facts.with(MODIFIED, time(stat));
        if (stat.type() == FileStat.Type.SYMBOLIC_LINK) {
            facts.with(TARGET, target(stat));
        }
        return facts;
    }

    private static String uri(String directory, String path) {
        return GuestPath.uri(GuestPath.join(directory, path));
    }

    /** The target of a link, only for display, because it may be relative to any directory. */
    private static String target(FileStat link) {
        return ErrorText.bounded(
                GuestPath.readable(link.target()).replace('\n', '\u240A').replace('\r', '\u240D'));
    }

    private static String time(FileStat stat) {
        return UtcTime.minutes(stat.modified());
    }

    private static String mode(FileStat stat) {
        StringBuilder text = new StringBuilder();
        for (int bit = 8; bit >= 0; bit--) {
            boolean set = (stat.mode() >> bit & 1) != 0;
            text.append(set ? "rwx".charAt(2 - bit % 3) : '-');
        }
        return text.toString();
    }
}
