package dev.microsandbox.mcp.tools.image;

import dev.microsandbox.mcp.units.ByteSize;
import io.modelcontextprotocol.spec.McpSchema;
import java.util.Base64;

/** An image in a result: as MCP sends it, and in words. */
public final class ImageContent {

    private ImageContent() {}

    /** An image's alternative in words. */
    public static String describe(ShownImage image, long bytes) {
        var original = image.original();
        String reduced =
                image.isReduced()
                        ? ", shown as %dx%d"
                                .formatted(image.header().width(), image.header().height())
                        : "";
        return "[%s %dx%d, %s%s]"
                .formatted(
                        original.mimeType(),
                        original.width(),
                        original.height(),
                        ByteSize.inWords(bytes),
                        reduced);
    }

    /** The image as a client is sent it. */
    public static McpSchema.Content of(ShownImage image) {
        return McpSchema.ImageContent.builder(
                        Base64.getEncoder().encodeToString(image.data()), image.header().mimeType())
                .build();
    }
}
