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
        String oldText = bytesAsText("old_string", arguments.get(OLD));
        String newText = bytesAsText("new_string", arguments.get(NEW));
        if (oldText.isEmpty()) {
            throw new ToolException(
                    "old_string is empty. Use write_file, with append=true to add to the end.");
        }
        if (oldText.equals(newText)) {
            throw new ToolException(
                    "old_string and new_string are the same; nothing would change.");
        }
        boolean all = arguments.get(ALL);
        return lease -> edit(lease, path, oldText, newText, all);
    }

    /**
     * Represents each byte as one character, so that editing a file that is not entirely UTF-8
     * leaves the rest unchanged.
     */
    private static String bytesAsText(String name, String argument) {
        return new String(TextArgument.utf8(name, argument), ISO_8859_1);
    }

    private static ToolReport edit(
            SandboxLease lease, String path, String oldText, String newText, boolean all)
            throws IOException, InterruptedException {
        FileBytes.Read file = FileBytes.read(lease.sandbox(), path, 0, SandboxFiles.TO_END);
        String content = new String(file.bytes(), ISO_8859_1);
        List<Integer> places = places(content, oldText);
        if (places.isEmpty()) {
            throw new ToolException(notFound(path, content, oldText));
        }
        List<Integer> lines = lines(content, places);
        if (places.size() > 1 && !all) {
            throw new ToolException(
                    """
                    old_string occurs %d times in %s, at lines %s. Add lines around it until it is \
                    unique, or set replace_all=true. Nothing was changed.\
                    """
                            .formatted(
                                    places.size(),
                                    GuestPath.inLine(path),
                                    named(lines, places.size())));
        }
        long newSize =
                content.length() + (long) places.size() * (newText.length() - oldText.length());
        if (newSize > FileBytes.MAX) {
            throw new ToolException(
                    "%s would grow beyond the most that one call writes. Nothing was changed."
                            .formatted(GuestPath.inLine(path)));
        }
        byte[] edited = content.replace(oldText, newText).getBytes(ISO_8859_1);
        lease.sandbox().files().write(path, new ByteArrayInputStream(edited), WriteOptions.REPLACE);
        return ToolReport.ok()
                .fact(PATH_GIVEN, GuestPath.asArgument(path))
                .fact(REPLACED, places.size())
                .fact(SIZE, edited.length)
                .section(LINES, lines, "at lines " + named(lines, places.size()));
    }

    private static List<Integer> places(String content, String wanted) {
        List<Integer> places = new ArrayList<>();
        for (int at = content.indexOf(wanted);
                at >= 0;
                at = content.indexOf(wanted, at + wanted.length())) {
            places.add(at);
        }
        return places;
    }

    /** The line numbers of the first places. */
    private static List<Integer> lines(String content, List<Integer> places) {
        List<Integer> lines = new ArrayList<>();
        int line = 1;
        int from = 0;
        for (int place : places.subList(0, Math.min(places.size(), MAX_LINES_NAMED))) {
            for (int i = from; i < place; i++) {
                if (content.charAt(i) == '\n') {
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

    private static String notFound(String path, String content, String oldText) {
        String message =
                "old_string occurs 0 times in %s. Nothing was changed. "
                        .formatted(GuestPath.inLine(path));
        if (content.contains("\r\n") && !oldText.contains("\r\n") && oldText.contains("\n")) {
            return message
                    + "The file's lines end in CR LF: write \\r\\n in old_string and new_string.";
        }
        if (!oldText.strip().isEmpty() && content.contains(oldText.strip())) {
            return message
                    + "It occurs with other white space at its ends: compare it with read_file.";
        }
        return message + "Read the file again with read_file: every space and line end counts.";
    }
}
