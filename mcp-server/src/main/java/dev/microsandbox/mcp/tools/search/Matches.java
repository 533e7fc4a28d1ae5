package dev.microsandbox.mcp.tools.search;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.microsandbox.mcp.tools.output.TextCapture;
import dev.microsandbox.vmm.OutputListener;
import dev.microsandbox.vmm.PathBytes;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Collects ripgrep's matches: keeps the first lines and counts the rest. Not thread-safe. */
public final class Matches implements OutputListener {

    /** Maximum amount of text of lines and names that is kept. */
    private static final int MAX_TEXT = TextCapture.DEFAULT_LIMIT;

    /** Counting stops at this number of matches. */
    static final int MAX_COUNTED = 10_000;

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final int MAX_NAMED = 5;
    private static final String MATCH = "{\"type\":\"match\"";

    private final int limit;
    private final JsonLines lines = new JsonLines(this::line);
    private final TextCapture errors = new TextCapture(2000);
    private final List<FoundFile> files = new ArrayList<>();

    private int textLeft = MAX_TEXT;
    private int kept;
    private long matches;
    private long filesWithMatches;
    private long longLines;
    private final Set<String> filesWithLongLines = new LinkedHashSet<>();
    private String current = "";
    private long binaryFiles;
    private boolean complete;

    /** Stops the search because there are more matches than are counted. */
    public static final class CountLimitException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        CountLimitException() {
            super("there are more matches than are counted", null, false, false);
        }
    }

    /**
     * @param limit maximum number of matching lines to keep
     */
    public Matches(int limit) {
        this.limit = limit;
    }

    /**
     * @throws CountLimitException if there are more than {@link #MAX_COUNTED} matches
     */
    @Override
    public void stdout(byte[] bytes) {
        lines.append(bytes);
        if (matches > MAX_COUNTED) {
            throw new CountLimitException();
        }
    }

    @Override
    public void stderr(byte[] bytes) {
        errors.append(bytes);
    }

    private void line(byte[] json, boolean isWhole) {
        if (!isWhole) {
            if (new String(json, 0, MATCH.length(), UTF_8).equals(MATCH)) {
                matches++;
                longLines++;
                if (filesWithLongLines.size() < MAX_NAMED) {
                    filesWithLongLines.add(current);
                }
            }
            return;
        }
        try {
            JsonNode event = JSON.readTree(json);
            JsonNode data = event.path("data");
            switch (event.path("type").asString("")) {
                case "begin" -> begin(data);
                case "context" -> line(data, false);
                case "match" -> line(data, true);
                case "end" -> end(data);
                case "summary" -> complete = true;
                default -> {
                    // Ignore events of newer versions.
                }
            }
        } catch (JacksonException | IllegalArgumentException e) {
            // This is not ripgrep's output. Whatever runs in its place has found nothing.
        }
    }

    private void begin(JsonNode data) {
        filesWithMatches++;
        byte[] path = bytes(data.path("path"));
        current = relative(path);
        if (!isFull()) {
            // Not even a file without a name is kept for nothing.
            textLeft -= Math.max(1, path.length);
            files.add(new FoundFile(current, new ArrayList<>()));
        }
    }

    private void line(JsonNode data, boolean isMatch) {
        if (isMatch) {
            matches++;
        }
        if (isFull() || files.isEmpty()) {
            return;
        }
        int place = data.path("submatches").path(0).path("start").asInt(0);
        byte[] bytes = bytes(data.path("lines"));
        FoundFile.Line line =
                new FoundFile.Line(
                        data.path("line_number").asLong(0),
                        Excerpt.of(bytes, Math.clamp(place, 0, bytes.length)),
                        isMatch);
        textLeft -= line.text().length() + 8;
        files.getLast().lines().add(line);
        if (isMatch) {
            kept++;
        }
    }

    private void end(JsonNode data) {
        if (data.path("binary_offset").isNumber()) {
            binaryFiles++;
        }
    }

    private boolean isFull() {
        return kept >= limit || textLeft <= 0;
    }

    /**
     * Decodes {@code {"text": …}}, or {@code {"bytes": …}} in base64 for data that is not UTF-8.
     */
    private static byte[] bytes(JsonNode value) {
        JsonNode text = value.path("text");
        return text.isString()
                ? text.asString().getBytes(UTF_8)
                : Base64.getDecoder().decode(value.path("bytes").asString(""));
    }

    private static String relative(byte[] path) {
        String name = PathBytes.decode(path, 0, Math.min(path.length, 4096));
        return name.startsWith("./") ? name.substring(2) : name;
    }

    /** The kept lines by file. */
    public List<FoundFile> files() {
        return files.stream().filter(file -> !file.lines().isEmpty()).toList();
    }

    /** The number of matching lines, including those that are not kept. */
    public long matches() {
        return matches;
    }

    public long filesWithMatches() {
        return filesWithMatches;
    }

    /** The number of matches that are not among {@link #files} but are short enough to be shown. */
    public long omitted() {
        return matches - kept - longLines;
    }

    /** The number of matches that are too long to be shown. */
    public long longLines() {
        return longLines;
    }

    /** Paths of a few of the files that have such matches. */
    public List<String> filesWithLongLines() {
        return List.copyOf(filesWithLongLines);
    }

    /** The number of files whose search ended at a NUL byte. */
    public long binaryFiles() {
        return binaryFiles;
    }

    /** Whether ripgrep has completed the search. */
    public boolean isComplete() {
        return complete;
    }

    /** Ripgrep's error messages. Must be called once only. */
    public String errors() {
        return errors.finish().shown("").strip();
    }
}
