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

/**
 * Collects what ripgrep finds: the first lines, and how many there are beyond these. Not
 * thread-safe.
 */
public final class Matches implements OutputListener {

    /** Text of lines and names that is kept. */
    private static final int MAX_TEXT = TextCapture.DEFAULT_LIMIT;

    /** Counting ends there; then there are more. */
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

    /** Stops the search: there is nothing more to be learnt from it. */
    public static final class Enough extends RuntimeException {

        private static final long serialVersionUID = 1L;

        Enough() {
            super("more is found than is counted", null, false, false);
        }
    }

    /**
     * @param limit lines with a match to keep
     */
    public Matches(int limit) {
        this.limit = limit;
    }

    /**
     * @throws Enough when so much is found that it is not worth counting on
     */
    @Override
    public void stdout(byte[] bytes) {
        lines.append(bytes);
        if (matches > MAX_COUNTED) {
            throw new Enough();
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
                    // Of a version that says more.
                }
            }
        } catch (JacksonException | IllegalArgumentException e) {
            // Not ripgrep's: whatever runs in its place has found nothing.
        }
    }

    private void begin(JsonNode data) {
        filesWithMatches++;
        byte[] path = bytes(data.path("path"));
        current = relative(path);
        if (!isFull()) {
            textLeft -= path.length;
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

    /** {@code {"text": …}}, or {@code {"bytes": …}} in base64 where it is not UTF-8. */
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

    /** What was found first, file by file. */
    public List<FoundFile> files() {
        return files.stream().filter(file -> !file.lines().isEmpty()).toList();
    }

    /** Lines that match, those that are not kept included. */
    public long matches() {
        return matches;
    }

    public long filesWithMatches() {
        return filesWithMatches;
    }

    /** Matches that are not among {@link #files}, but could be shown. */
    public long omitted() {
        return matches - kept - longLines;
    }

    /** Matches that are too long to be shown. */
    public long longLines() {
        return longLines;
    }

    /** Paths of files that have such; a few of them. */
    public List<String> filesWithLongLines() {
        return List.copyOf(filesWithLongLines);
    }

    /** Files whose search ended at a NUL byte. */
    public long binaryFiles() {
        return binaryFiles;
    }

    /** Whether ripgrep has come to the search's end. */
    public boolean isComplete() {
        return complete;
    }

    /** What ripgrep complains of. To be called once. */
    public String errors() {
        return errors.finish().shown("").strip();
    }
}
