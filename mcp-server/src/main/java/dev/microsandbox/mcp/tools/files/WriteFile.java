package dev.microsandbox.mcp.tools.files;

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
import dev.microsandbox.mcp.units.ByteSize;
import dev.microsandbox.vmm.FileStat;
import dev.microsandbox.vmm.SandboxFiles.WriteOptions;
import dev.microsandbox.vmm.storage.Sha256;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Base64;
import java.util.List;

/** {@code write_file}: writes text or bytes, exactly as given. */
public final class WriteFile implements SandboxTool {

    private static final String BASE64 = "base64";

    private static final Parameter<String> PATH = Parameter.file();

    private static final Parameter<String> CONTENT =
            Parameter.text("content", "What to write.")
                    .alias("contents", "text", "data")
                    .required();

    private static final Parameter<String> ENCODING =
            Parameter.choice(
                            "encoding",
                            "utf-8: content is text. base64: content stands for bytes.",
                            List.of("utf-8", BASE64))
                    .defaultsTo("utf-8");

    private static final Parameter<Boolean> APPEND =
            Parameter.flag("append", "Add to the end instead of replacing the file.");

    private static final ResultKey<String> PATH_GIVEN = ResultKey.text("path", "As given.");

    private static final ResultKey<Number> BYTES =
            ResultKey.integer("bytes", "How many were written.");

    private static final ResultKey<Number> SIZE =
            ResultKey.integer("size", "Bytes of the file now.");

    private static final ResultKey<String> SHA256 =
            ResultKey.text("sha256", "Of the bytes written, in hex.");

    @Override
    public ToolDefinition definition() {
        return new ToolDefinition(
                "write_file",
                "Write a file",
                """
                Writes a file in this session's sandbox, byte for byte as given; missing \
                directories are made, an existing file is replaced at once or, with append, added \
                to. Relative paths start at /workspace. At most 64 MiB a call. To change a part of \
                a file use edit_file.\
                """,
                List.of(PATH, CONTENT, ENCODING, APPEND),
                List.of(ToolReport.OK, PATH_GIVEN, BYTES, SIZE, SHA256),
                ToolDefinition.Effect.CHANGES);
    }

    @Override
    public Lane lane() {
        return Lane.FILES;
    }

    @Override
    public SandboxCall prepare(Arguments arguments) {
        String path = arguments.get(PATH);
        String content = arguments.get(CONTENT);
        byte[] bytes =
                arguments.get(ENCODING).equals(BASE64)
                        ? decode(content)
                        : TextArgument.utf8("content", content);
        if (bytes.length > FileBytes.MAX) {
            throw new ToolException(
                    "content has %s; one call writes at most %s. Write it in parts with append=true."
                            .formatted(
                                    ByteSize.inWords(bytes.length),
                                    ByteSize.inWords(FileBytes.MAX)));
        }
        WriteOptions options = arguments.get(APPEND) ? WriteOptions.APPEND : WriteOptions.REPLACE;
        return lease -> write(lease, path, bytes, options);
    }

    private static byte[] decode(String content) {
        try {
            // Line breaks are common in base64 and have no meaning.
            return Base64.getDecoder().decode(content.replaceAll("\\s", ""));
        } catch (IllegalArgumentException e) {
            throw new ToolException(
                    "content is not base64 (RFC 4648, section 4): %s.".formatted(e.getMessage()));
        }
    }

    private static ToolReport write(
            SandboxLease lease, String path, byte[] bytes, WriteOptions options)
            throws IOException, InterruptedException {
        FileStat stat =
                lease.sandbox().files().write(path, new ByteArrayInputStream(bytes), options);
        return ToolReport.ok()
                .fact(PATH_GIVEN, GuestPath.asArgument(path))
                .fact(BYTES, bytes.length)
                .fact(SIZE, stat.size())
                .fact(SHA256, Sha256.of(bytes));
    }
}
