package dev.microsandbox.mcp.tools.files;

import dev.microsandbox.mcp.tools.result.ResultKey;
import dev.microsandbox.mcp.tools.result.ToolReport;
import java.util.List;

/** The keys of a result of {@code read_file}, for all ways of reading. */
final class ReadResult {

    static final ResultKey<String> PATH = ResultKey.text("path", "As given.");

    static final ResultKey<Number> SIZE = ResultKey.integer("size", "Bytes of the whole file.");

    static final ResultKey<String> MIME_TYPE = ResultKey.text("mime_type", "What the file is.");

    static final ResultKey<String> ENCODING =
            ResultKey.choice(
                    "encoding",
                    "What content is.",
                    ReadFile.TEXT,
                    ReadFile.BASE64,
                    ReadFile.IMAGE,
                    ReadFile.NONE);

    static final ResultKey<String> CONTENT = ResultKey.text("content", "What was read.").optional();

    static final ResultKey<Number> LINES =
            ResultKey.integer("lines", "How many lines content has.").optional();

    static final ResultKey<Number> TOTAL_LINES =
            ResultKey.integer(
                            "total_lines",
                            "Lines of the whole file, where all of it was looked at.")
                    .optional();

    static final ResultKey<Number> NEXT_OFFSET =
            ResultKey.integer("next_offset", "Where to read on, in the same unit.").optional();

    static final ResultKey<Number> BYTES =
            ResultKey.integer("bytes", "How many bytes content stands for.").optional();

    static final ResultKey<String> SHA256 =
            ResultKey.text("sha256", "Of these bytes, in hex.").optional();

    static final ResultKey<Number> WIDTH =
            ResultKey.integer("width", "Pixels of an image.").optional();

    static final ResultKey<Number> HEIGHT =
            ResultKey.integer("height", "Pixels of an image.").optional();

    static final List<ResultKey<?>> KEYS =
            List.of(
                    ToolReport.OK,
                    PATH,
                    SIZE,
                    MIME_TYPE,
                    ENCODING,
                    CONTENT,
                    LINES,
                    TOTAL_LINES,
                    NEXT_OFFSET,
                    BYTES,
                    SHA256,
                    WIDTH,
                    HEIGHT);

    private ReadResult() {}
}
