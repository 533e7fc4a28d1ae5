package dev.microsandbox.mcp.tools.files;

import dev.microsandbox.mcp.tools.definition.Arguments;
import dev.microsandbox.mcp.tools.definition.Parameter;
import dev.microsandbox.mcp.tools.definition.SandboxTool;
import dev.microsandbox.mcp.tools.definition.ToolDefinition;
import dev.microsandbox.mcp.tools.definition.ToolException;
import java.util.List;
import java.util.Optional;

/** {@code read_file}: reads text by lines, images as images, and everything else as base64. */
public final class ReadFile implements SandboxTool {

    /** Maximum amount of text that a call returns, in bytes. */
    static final int MAX_TEXT = 32 * 1024;

    /**
     * Number of bytes that a call without a length returns. As base64 they fit into a message of 10
     * MiB, the maximum of common stdio clients, which break the connection on a longer message.
     */
    static final int DEFAULT_LENGTH = 7 * 1024 * 1024;

    static final String TEXT = "utf-8";
    static final String BASE64 = "base64";
    static final String IMAGE = "image";
    static final String NONE = "none";

    private static final String AUTO = "auto";

    private static final Parameter<String> PATH = Parameter.file();

    private static final Parameter<Long> OFFSET =
            Parameter.integer(
                    "offset",
                    "First line to read, counted from 1; a negative one counts from the end (-20:"
                            + " the last 20 lines). With encoding=base64 or length: first byte,"
                            + " counted from 0, or from the end if negative.",
                    -1_000_000_000_000L,
                    Long.MAX_VALUE);

    private static final Parameter<Long> LIMIT =
            Parameter.integer("limit", "Lines to read at the most.", 1, Long.MAX_VALUE);

    private static final Parameter<Long> LENGTH =
            Parameter.integer(
                    "length",
                    "Read by bytes, this many at the most: of text up to 32 KiB, of base64 up to"
                            + " 64 MiB (7 MiB if not given: many stdio clients cannot take more).",
                    1,
                    FileBytes.MAX);

    private static final Parameter<String> ENCODING =
            Parameter.choice(
                            "encoding",
                            "auto: text, image or base64, whichever the file is. utf-8: text,"
                                    + " invalid bytes replaced. base64: the exact bytes.",
                            List.of(AUTO, TEXT, BASE64))
                    .defaultsTo(AUTO);

    @Override
    public ToolDefinition definition() {
        return new ToolDefinition(
                "read_file",
                "Read a file",
                """
                Reads a file of this session's sandbox. Relative paths start at /workspace.

                Text comes by lines, exactly as it is: at most 32 KiB a call, from line offset on, \
                at most limit lines; next_offset says where to go on. A negative offset reads the \
                last lines. With length text is read by bytes, for lines that are very long. \
                PNG, JPEG, GIF and WebP come as an image. Other binary files come as base64 with \
                their size and SHA-256 if they are small; ask for encoding=base64 to get any \
                file's exact bytes, 7 MiB a call (up to 64 MiB with length), from byte offset on.

                The first item of the result has a status line, the second the content and nothing \
                else. Directories are for list_files.\
                """,
                List.of(PATH, OFFSET, LIMIT, ENCODING, LENGTH),
                ReadResult.KEYS,
                ToolDefinition.Effect.READS);
    }

    @Override
    public SandboxCall prepare(Arguments arguments) {
        String path = arguments.get(PATH);
        String encoding = arguments.get(ENCODING);
        Optional<Long> offset = arguments.find(OFFSET);
        boolean exact = encoding.equals(BASE64);
        if (exact || arguments.has(LENGTH)) {
            if (arguments.has(LIMIT)) {
                throw new ToolException(
                        "limit counts lines; with encoding=base64 or length bytes are read: use"
                                + " length alone, which counts bytes.");
            }
            ReadBytes bytes = new ReadBytes(path, offset.orElse(0L), arguments.find(LENGTH));
            return exact
                    ? lease -> bytes.exact(lease.sandbox())
                    : lease -> bytes.text(lease.sandbox(), encoding.equals(TEXT));
        }
        long first = offset.orElse(1L);
        if (first == 0) {
            throw new ToolException("offset counts lines from 1, or from -1 at the end.");
        }
        ReadLines lines =
                new ReadLines(
                        path, arguments.find(LIMIT).orElse(Long.MAX_VALUE), encoding.equals(TEXT));
        return lease ->
                first > 0
                        ? lines.from(first, lease.sandbox())
                        : lines.last(-first, lease.sandbox());
    }
}
