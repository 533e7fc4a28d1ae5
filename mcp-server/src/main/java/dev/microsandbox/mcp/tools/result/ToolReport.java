package dev.microsandbox.mcp.tools.result;

import dev.microsandbox.mcp.units.Durations;
import io.modelcontextprotocol.spec.McpSchema;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Builds the result of a call as text and as structured content with the same facts, because some
 * clients show only one of them. The text begins with a status line of {@code key=value} pairs;
 * sections with headings follow. Not thread-safe.
 */
public final class ToolReport {

    /** Maximum length of a payload that is sent twice, as text and in the structured content. */
    private static final int MAX_REPEATED = 4 * 1024 * 1024;

    /** The status key of a tool whose only status is {@code ok}. */
    public static final ResultKey<String> OK =
            ResultKey.choice("status", "How the call ended.", "ok");

    private static final ResultKey<String> NOTICE =
            ResultKey.text("notice", "What you have to know of the sandbox: that it is a new one.")
                    .optional();

    private static final ResultKey<List<String>> HINTS =
            ResultKey.texts("hints", "What to do next.", "One piece of advice.").optional();

    private final Map<String, Object> structured = new LinkedHashMap<>();
    private final StringBuilder statusLine = new StringBuilder();
    private final StringBuilder body = new StringBuilder();
    private final List<String> hints = new ArrayList<>();
    private final List<McpSchema.Content> attachments = new ArrayList<>();
    private Optional<String> notice = Optional.empty();

    private ToolReport(ResultKey<String> key, String status) {
        fact(key, status);
    }

    /** Begins the report of a tool whose only status is {@code ok}. */
    public static ToolReport ok() {
        return new ToolReport(OK, "ok");
    }

    /**
     * Begins a report.
     *
     * @param key the tool's status key, with all possible values
     * @param status how the call ended, in one word
     */
    public static ToolReport status(ResultKey<String> key, String status) {
        return new ToolReport(key, status);
    }

    /** Adds a key and its value to the status line. */
    public <T> ToolReport fact(ResultKey<T> key, T value) {
        statusLine.append(statusLine.isEmpty() ? "" : " ").append(key.name()).append('=');
        String text = value.toString();
        statusLine.append(text.chars().allMatch(c -> c > ' ' && c != '"') ? text : quoted(text));
        structured.put(key.name(), value);
        return this;
    }

    /** Adds the duration of the call to the status line. */
    public ToolReport took(ResultKey<Double> key, Duration time) {
        statusLine.append(' ').append(Durations.measured(time));
        structured.put(key.name(), time.toMillis() / 1000.0);
        return this;
    }

    /** Adds text under a heading. Omits the heading if the text is empty. */
    public ToolReport section(ResultKey<String> key, String text) {
        return section(key, text, text);
    }

    /** Adds structured data and, under a heading, the same data as text. */
    public <T> ToolReport section(ResultKey<T> key, T data, String text) {
        structured.put(key.name(), data);
        if (!text.isEmpty()) {
            body.append("--- ").append(key.name()).append(" ---\n").append(text);
            if (!text.endsWith("\n")) {
                body.append('\n');
            }
        }
        return this;
    }

    /** Adds a line only to the text, because the structured data already contains the facts. */
    public ToolReport remark(String text) {
        body.append(text).append('\n');
        return this;
    }

    /** Tells the agent something that it must know about its sandbox. */
    public ToolReport notice(String text) {
        notice = Optional.of(text);
        return this;
    }

    /** Adds advice on what to do next. */
    public ToolReport hint(String text) {
        hints.add(text);
        return this;
    }

    /**
     * Adds a long text as a separate content item, unchanged to the last byte. Clients refuse items
     * that are only white space, and some refuse messages over 10 MiB; such a text is only in the
     * structured content.
     */
    public ToolReport payload(ResultKey<String> key, String text) {
        structured.put(key.name(), text);
        if (text.length() > MAX_REPEATED) {
            return remark(
                    "[%d characters, in structuredContent.%s alone]"
                            .formatted(text.length(), key.name()));
        }
        return text.isBlank() ? this : attach(text(text));
    }

    public ToolReport attach(McpSchema.Content content) {
        attachments.add(content);
        return this;
    }

    /** The finished result. */
    public McpSchema.CallToolResult toResult() {
        StringBuilder text = new StringBuilder(statusLine).append('\n');
        notice.ifPresent(n -> text.append("notice: ").append(n).append('\n'));
        hints.forEach(h -> text.append("hint: ").append(h).append('\n'));
        text.append(body);

        notice.ifPresent(n -> structured.put(NOTICE.name(), n));
        if (!hints.isEmpty()) {
            structured.put(HINTS.name(), List.copyOf(hints));
        }
        List<McpSchema.Content> content = new ArrayList<>();
        content.add(text(text.toString()));
        content.addAll(attachments);
        return McpSchema.CallToolResult.builder(content)
                .structuredContent(structured)
                .isError(false)
                .build();
    }

    /** The result of a call that failed. */
    public static McpSchema.CallToolResult error(
            @Nullable String message, Optional<String> notice) {
        StringBuilder text = new StringBuilder("error: ").append(message);
        notice.ifPresent(n -> text.append("\nnotice: ").append(n));
        return McpSchema.CallToolResult.builder(List.of(text(text.toString())))
                .isError(true)
                .build();
    }

    /** The schema of a tool's results: its own keys and those that every result may have. */
    public static Map<String, Object> schema(List<ResultKey<?>> own) {
        List<ResultKey<?>> all = new ArrayList<>(own);
        all.add(NOTICE);
        all.add(HINTS);
        return ResultKey.schemaOf(all);
    }

    private static McpSchema.Content text(String text) {
        return McpSchema.TextContent.builder(text).build();
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        text.chars()
                .forEach(
                        c -> {
                            switch (c) {
                                case '"', '\\' -> quoted.append('\\').append((char) c);
                                case '\n' -> quoted.append("\\n");
                                default -> quoted.append((char) (c < ' ' ? '\u2400' + c : c));
                            }
                        });
        return quoted.append('"').toString();
    }
}
