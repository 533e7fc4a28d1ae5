package dev.microsandbox.mcp.tools.process;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.microsandbox.mcp.tools.definition.ToolException;
import dev.microsandbox.mcp.units.ByteSize;
import java.util.Optional;

/** Converts the argument {@code stdin} to bytes. */
public final class StdinArgument {

    /** The limit of the agent protocol, in bytes. */
    private static final int MAX_BYTES = 64 * 1024 * 1024;

    private StdinArgument() {}

    public static byte[] bytes(Optional<String> text) {
        byte[] bytes = text.orElse("").getBytes(UTF_8);
        if (bytes.length > MAX_BYTES) {
            throw new ToolException(
                    "stdin is longer than %s. Write it to a file and read that."
                            .formatted(ByteSize.inWords(MAX_BYTES)));
        }
        return bytes;
    }
}
