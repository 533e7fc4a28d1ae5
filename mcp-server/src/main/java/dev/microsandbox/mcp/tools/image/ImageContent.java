package dev.microsandbox.mcp.tools.image;

import dev.microsandbox.mcp.units.ByteSize;
import io.modelcontextprotocol.spec.McpSchema;
import java.util.Base64;

/** Converts an image to the content of a result, and to its description. */
public final class ImageContent {

    private ImageContent() {}

    /** The description of an image in words. */
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

    /** The image as MCP content. */
    public static McpSchema.Content of(ShownImage image) {
        return McpSchema.ImageContent.builder(
                        Base64.getEncoder().encodeToString(image.data()), image.header().mimeType())
                .build();
    }
}
