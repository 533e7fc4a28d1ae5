package dev.microsandbox.mcp.tools;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.microsandbox.mcp.session.SandboxLease;
import dev.microsandbox.mcp.tools.image.ImageHeader;
import dev.microsandbox.mcp.tools.image.ShownImage;
import dev.microsandbox.mcp.units.ByteSize;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxFiles;
import java.io.IOException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/** {@code read_file}: text by lines, images as images, everything else as base64. */
final class ReadFile implements SandboxTool {

    /** Text returned by a call. */
    static final int MAX_TEXT = 32 * 1024;

    /**
     * Bytes returned by a call that does not say how many: as base64 they fit a message of 10 MiB,
     * the most that common stdio clients take; a longer one costs them the connection.
     */
    static final int DEFAULT_LENGTH = 7 * 1024 * 1024;

    private static final String AUTO = "auto";
    private static final String TEXT = "utf-8";
    private static final String BASE64 = "base64";

    private static final Parameter<String> PATH = Parameter.file();

    private static final Parameter<Long> OFFSET =
            Parameter.integer(
                    "offset",
                    "First line to read, counted from 1. With encoding=base64: first byte, counted"
                            + " from 0.",
                    0,
                    Long.MAX_VALUE);

    private static final Parameter<Long> LIMIT =
            Parameter.integer("limit", "Lines to read at the most.", 1, Long.MAX_VALUE);

    private static final Parameter<Long> LENGTH =
            Parameter.integer(
                    "length",
                    "With encoding=base64: bytes to read at the most, up to 64 MiB; 7 MiB if not"
                            + " given. Many stdio clients cannot take more than that.",
                    1,
                    Bytes.MAX);

    private static final Parameter<String> ENCODING =
            Parameter.choice(
                            "encoding",
                            "auto: text, image or base64, whichever the file is. utf-8: text,"
                                    + " invalid bytes replaced. base64: the exact bytes.",
                            List.of(AUTO, TEXT, BASE64))
                    .defaultsTo(AUTO);

    @Override
    public ToolDefinition definition() {
        Schema.ObjectSchema schema =
                ToolReport.okSchema()
                        .required("path", Schema.string("As given."))
                        .required("size", Schema.integer("Bytes of the whole file."))
                        .required(
                                "encoding",
                                Schema.oneOf(
                                        "What content is.", List.of(TEXT, BASE64, "image", "none")))
                        .optional("content", Schema.string("What was read."))
                        .optional("lines", Schema.integer("How many lines content has."))
                        .optional("next_offset", Schema.integer("Where to read on."))
                        .optional("bytes", Schema.integer("How many bytes content stands for."))
                        .optional("sha256", Schema.string("Of these bytes, in hex."))
                        .optional("mime_type", Schema.string("Of an image."))
                        .optional("width", Schema.integer("Pixels of an image."))
                        .optional("height", Schema.integer("Pixels of an image."));
        return new ToolDefinition(
                "read_file",
                "Read a file",
                """
                Reads a file of this session's sandbox. Relative paths start at /workspace.

                Text comes by lines: at most 32 KiB a call, from line offset on, at most limit \
                lines; next_offset says where to go on. PNG, JPEG, GIF and WebP come as an image. \
                Other binary files come as base64 with their size and SHA-256 if they are small; \
                ask for encoding=base64 to get any file's exact bytes, 7 MiB a call (up to 64 MiB \
                with length), from byte offset on.

                The first item of the result has a status line, the second the content and nothing \
                else. Directories are for list_files.\
                """,
                List.of(PATH, OFFSET, LIMIT, ENCODING, LENGTH),
                ToolReport.outputSchema(schema),
                ToolDefinition.Effect.READS);
    }

    @Override
    public Call prepare(Arguments arguments) {
        String path = arguments.get(PATH);
        String encoding = arguments.get(ENCODING);
        Optional<Long> offset = arguments.find(OFFSET);
        if (encoding.equals(BASE64)) {
            if (arguments.has(LIMIT)) {
                throw new ToolException(
                        "limit counts lines; with encoding=base64 use length, which counts bytes.");
            }
            long length = arguments.find(LENGTH).orElse((long) DEFAULT_LENGTH);
            return lease -> base64(lease.sandbox(), path, offset.orElse(0L), length);
        }
        if (arguments.has(LENGTH)) {
            throw new ToolException(
                    "length counts bytes and needs encoding=base64; for lines use limit.");
        }
        long firstLine = offset.orElse(1L);
        if (firstLine == 0) {
            throw new ToolException("offset counts lines from 1.");
        }
        long maxLines = arguments.find(LIMIT).orElse(Long.MAX_VALUE);
        boolean asText = encoding.equals(TEXT);
        return lease -> lines(lease, path, firstLine, maxLines, asText);
    }

    private static ToolReport lines(
            SandboxLease lease, String path, long firstLine, long maxLines, boolean asText)
            throws IOException, InterruptedException {
        Sandbox sandbox = lease.sandbox();
        LineWindow window = new LineWindow(firstLine, maxLines, MAX_TEXT);
        try {
            sandbox.files().read(path, 0, SandboxFiles.TO_END, window);
        } catch (LineWindow.Complete e) {
            // There is more; the window says what.
        }
        if (!asText && isBinary(window)) {
            return binary(sandbox, path, window);
        }
        return text(sandbox, path, firstLine, window);
    }

    private static boolean isBinary(LineWindow window) {
        byte[] prefix = window.prefix();
        for (byte b : prefix) {
            if (b == 0) {
                return true;
            }
        }
        return looksLikeImage(prefix) || decode(window).isEmpty();
    }

    private static boolean looksLikeImage(byte[] prefix) {
        boolean jpeg = prefix.length > 2 && prefix[0] == (byte) 0xFF && prefix[1] == (byte) 0xD8;
        return jpeg || ImageHeader.read(prefix).isPresent();
    }

    /** The text of the window; a character that its end cuts is left out. */
    private static Optional<String> decode(LineWindow window) {
        byte[] bytes = window.content();
        if (!window.isLineCut()) {
            return Utf8.decode(bytes);
        }
        for (int cut = 0; cut <= 3 && cut <= bytes.length; cut++) {
            Optional<String> text = Utf8.decode(Arrays.copyOf(bytes, bytes.length - cut));
            if (text.isPresent()) {
                return text;
            }
        }
        return Optional.empty();
    }

    private static ToolReport text(Sandbox sandbox, String path, long firstLine, LineWindow window)
            throws InterruptedException {
        if (window.stop() == LineWindow.Stop.TOO_FAR) {
            throw new ToolException(
                    "Line %d lies beyond the first %s. Use run_command with sed -n or tail."
                            .formatted(firstLine, ByteSize.inWords(LineWindow.MAX_SCAN)));
        }
        boolean atEnd = window.stop() == LineWindow.Stop.END_OF_FILE;
        if (atEnd && firstLine > 1 && window.lines() == 0) {
            throw new ToolException(
                    "%s has %d lines; there is no line %d."
                            .formatted(path, window.totalLines(), firstLine));
        }
        Optional<String> exact = decode(window);
        ToolReport report =
                ToolReport.status("ok")
                        .fact("path", path)
                        .fact("size", sandbox.files().stat(path, true).size())
                        .fact("encoding", TEXT)
                        .fact("lines", window.lines());
        if (exact.isEmpty()) {
            report.hint(
                    "Invalid bytes were replaced by \uFFFD; encoding=base64 reads them exactly.");
        }
        if (window.isLineCut()) {
            report.hint(
                    "Line %d is longer than %s and cut here. Read on with encoding=base64, offset and length in bytes."
                            .formatted(firstLine, ByteSize.inWords(MAX_TEXT)));
        } else if (!atEnd) {
            long next = firstLine + window.lines();
            report.fact("next_offset", next).hint("There is more: go on with offset=" + next + ".");
        }
        String text = exact.orElseGet(() -> new String(window.content(), UTF_8));
        if (text.isBlank()) {
            report.remark(text.isEmpty() ? "[empty file]" : "[nothing but white space]");
        }
        return report.payload("content", text);
    }

    private static ToolReport binary(Sandbox sandbox, String path, LineWindow window)
            throws IOException, InterruptedException {
        long size = sandbox.files().stat(path, true).size();
        if (size > MAX_TEXT && !looksLikeImage(window.prefix())) {
            return notShown(path, size);
        }
        Bytes.Read file = Bytes.read(sandbox, path, 0, SandboxFiles.TO_END);
        Optional<ShownImage> image = ShownImage.of(file.bytes());
        if (image.isPresent()) {
            return image(path, file, image.get());
        }
        return file.bytes().length <= MAX_TEXT
                ? base64(path, file, file.stat().size())
                : notShown(path, file.bytes().length);
    }

    private static ToolReport notShown(String path, long size) {
        return ToolReport.status("ok")
                .fact("path", path)
                .fact("size", size)
                .fact("encoding", "none")
                .hint(
                        "A binary file of this size is not shown. Use run_command to look into it,"
                                + " or encoding=base64 for its bytes.");
    }

    private static ToolReport image(String path, Bytes.Read file, ShownImage image) {
        ImageHeader original = image.original();
        return facts(path, "image", file, file.stat().size())
                .fact("mime_type", original.mimeType())
                .fact("width", original.width())
                .fact("height", original.height())
                .remark(Rendition.describe(image, file.bytes().length))
                .attach(Rendition.content(image));
    }

    private static ToolReport base64(Sandbox sandbox, String path, long offset, long length)
            throws IOException, InterruptedException {
        Bytes.Read part = Bytes.read(sandbox, path, offset, length);
        long size = part.stat().size();
        ToolReport report = base64(path, part, size);
        long next = offset + part.bytes().length;
        if (next < size) {
            report.fact("next_offset", next).hint("There is more: go on with offset=" + next + ".");
        }
        return report;
    }

    private static ToolReport base64(String path, Bytes.Read file, long size) {
        return facts(path, BASE64, file, size)
                .payload("content", Base64.getEncoder().encodeToString(file.bytes()));
    }

    private static ToolReport facts(String path, String encoding, Bytes.Read file, long size) {
        return ToolReport.status("ok")
                .fact("path", path)
                .fact("size", size)
                .fact("encoding", encoding)
                .fact("bytes", file.bytes().length)
                .fact("sha256", Bytes.sha256(file.bytes()));
    }
}
