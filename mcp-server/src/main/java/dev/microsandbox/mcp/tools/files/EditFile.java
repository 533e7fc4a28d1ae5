package dev.microsandbox.mcp.tools.files;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.microsandbox.mcp.session.computer.Lane;
import dev.microsandbox.mcp.session.computer.SandboxLease;
import dev.microsandbox.mcp.tools.definition.Arguments;
import dev.microsandbox.mcp.tools.definition.Parameter;
import dev.microsandbox.mcp.tools.definition.SandboxTool;
import dev.microsandbox.mcp.tools.definition.ToolDefinition;
import dev.microsandbox.mcp.tools.definition.ToolException;
import dev.microsandbox.mcp.tools.path.GuestPath;
import dev.microsandbox.mcp.tools.result.ResultKey;
import dev.microsandbox.mcp.tools.result.ToolReport;
import dev.microsandbox.vmm.SandboxFiles;
import dev.microsandbox.vmm.SandboxFiles.WriteOptions;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * {@code edit_file}: replaces a text that occurs exactly once in a file, or all its occurrences.
 */
public final class EditFile implements SandboxTool {

    /** Maximum number of line numbers in a message; more do not help. */
    private static final int MAX_LINES_NAMED = 20;

    private static final Parameter<String> PATH = Parameter.file();

    private static final Parameter<String> OLD =
            Parameter.text(
                            "old_string",
                            "The text to replace, exactly as it stands in the file, with white"
                                    + " space. Must occur once unless replace_all is true.")
                    .alias("old_str", "old_text", "old")
                    .required();

    private static final Parameter<String> NEW =
            Parameter.text("new_string", "The text to put there; may be empty.")
                    .alias("new_str", "new_text", "new")
                    .required();

    private static final Parameter<Boolean> ALL =
            Parameter.flag("replace_all", "Replace every occurrence.");

    private static final ResultKey<String> PATH_GIVEN = ResultKey.text("path", "As given.");

    private static final ResultKey<Number> REPLACED =
            ResultKey.integer("replaced", "How many occurrences.");

    private static final ResultKey<Number> SIZE =
            ResultKey.integer("size", "Bytes of the file now.");

    private static final ResultKey<List<Integer>> LINES =
            ResultKey.integers(
                    "lines",
                    "Where the first of them begin, in the file as it was.",
                    "Line, counted from 1.");

    @Override
    public ToolDefinition definition() {
        return new ToolDefinition(
                "edit_file",
                "Edit a file",
                """
                Replaces text in a file of this session's sandbox. old_string must stand in the \
                file exactly once, so give enough lines around it to be unique; or set replace_all. \
                The rest of the file stays as it is, byte for byte. Relative paths start at \
                /workspace.\
                """,
                List.of(PATH, OLD, NEW, ALL),
                List.of(ToolReport.OK, PATH_GIVEN, REPLACED, SIZE, LINES),
                ToolDefinition.Effect.CHANGES);
    }

    @Override
    public Lane lane() {
        return Lane.FILES;
    }

    @Override
    public SandboxCall prepare(Arguments arguments) {
        String path = arguments.get(PATH);
        byte[] oldText = TextArgument.utf8("old_string", arguments.get(OLD));
        byte[] newText = TextArgument.utf8("new_string", arguments.get(NEW));
        if (oldText.length == 0) {
            throw new ToolException(
                    "old_string is empty. Use write_file, with append=true to add to the end.");
        }
        if (Arrays.equals(oldText, newText)) {
            throw new ToolException(
                    "old_string and new_string are the same; nothing would change.");
        }
        boolean all = arguments.get(ALL);
        return lease -> edit(lease, path, oldText, newText, all);
    }

    private static ToolReport edit(
            SandboxLease lease, String path, byte[] oldText, byte[] newText, boolean all)
            throws IOException, InterruptedException {
        // As bytes, so that editing a file that is not entirely UTF-8 leaves the rest unchanged.
        byte[] content = FileBytes.read(lease.sandbox(), path, 0, SandboxFiles.TO_END).bytes();
        ByteSearch search = new ByteSearch(content, oldText);
        Places places = places(search, oldText.length);
        if (places.count() == 0) {
            throw new ToolException(notFound(path, content, oldText));
        }
        List<Integer> lines = lines(content, places.first());
        if (places.count() > 1 && !all) {
            throw new ToolException(
                    """
                    old_string occurs %d times in %s, at lines %s. Add lines around it until it is \
                    unique, or set replace_all=true. Nothing was changed.\
                    """
                            .formatted(
                                    places.count(),
                                    GuestPath.inLine(path),
                                    named(lines, places.count())));
        }
        long newSize = content.length + (long) places.count() * (newText.length - oldText.length);
        if (newSize > FileBytes.MAX) {
            throw new ToolException(
                    "%s would grow beyond the most that one call writes. Nothing was changed."
                            .formatted(GuestPath.inLine(path)));
        }
        byte[] edited = new byte[(int) newSize];
        replace(content, search, oldText.length, newText, edited);
        lease.sandbox().files().write(path, new ByteArrayInputStream(edited), WriteOptions.REPLACE);
        return ToolReport.ok()
                .fact(PATH_GIVEN, GuestPath.asArgument(path))
                .fact(REPLACED, places.count())
                .fact(SIZE, edited.length)
                .section(LINES, lines, "at lines " + named(lines, places.count()));
    }

    /** How often a text occurs, and where first. A file may hold it millions of times. */
    private record Places(int count, List<Integer> first) {}

    private static Places places(ByteSearch search, int length) throws InterruptedException {
        List<Integer> first = new ArrayList<>();
        int count = 0;
        for (int at = search.next(0); at >= 0; at = search.next(at + length)) {
            count++;
            if (first.size() < MAX_LINES_NAMED) {
                first.add(at);
            }
        }
        return new Places(count, first);
    }

    private static void replace(
            byte[] content, ByteSearch search, int length, byte[] newText, byte[] edited)
            throws InterruptedException {
        int from = 0;
        int end = 0;
        for (int at = search.next(0); at >= 0; at = search.next(from)) {
            System.arraycopy(content, from, edited, end, at - from);
            end += at - from;
            System.arraycopy(newText, 0, edited, end, newText.length);
            end += newText.length;
            from = at + length;
        }
        System.arraycopy(content, from, edited, end, content.length - from);
    }

    /** The line numbers of places. */
    private static List<Integer> lines(byte[] content, List<Integer> places) {
        List<Integer> lines = new ArrayList<>();
        int line = 1;
        int from = 0;
        for (int place : places) {
            for (int i = from; i < place; i++) {
                if (content[i] == '\n') {
                    line++;
                }
            }
            from = place;
            lines.add(line);
        }
        return lines;
    }

    private static String named(List<Integer> lines, int all) {
        String text = lines.stream().map(String::valueOf).collect(Collectors.joining(", "));
        return all > lines.size() ? text + ", …" : text;
    }

    private static String notFound(String path, byte[] content, byte[] oldText)
            throws InterruptedException {
        String message =
                "old_string occurs 0 times in %s. Nothing was changed. "
                        .formatted(GuestPath.inLine(path));
        byte[] crLf = {'\r', '\n'};
        if (contains(content, crLf)
                && !contains(oldText, crLf)
                && contains(oldText, new byte[] {'\n'})) {
            return message
                    + "The file's lines end in CR LF: write \\r\\n in old_string and new_string.";
        }
        byte[] bare = new String(oldText, ISO_8859_1).strip().getBytes(ISO_8859_1);
        if (bare.length > 0 && bare.length < oldText.length && contains(content, bare)) {
            return message
                    + "It occurs with other white space at its ends: compare it with read_file.";
        }
        return message + "Read the file again with read_file: every space and line end counts.";
    }

    private static boolean contains(byte[] content, byte[] wanted) throws InterruptedException {
        return new ByteSearch(content, wanted).next(0) >= 0;
    }
}
