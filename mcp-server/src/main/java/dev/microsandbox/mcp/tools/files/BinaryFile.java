package dev.microsandbox.mcp.tools.files;

import dev.microsandbox.mcp.tools.image.ImageContent;
import dev.microsandbox.mcp.tools.image.ImageHeader;
import dev.microsandbox.mcp.tools.image.ImageTimeException;
import dev.microsandbox.mcp.tools.image.ShownImage;
import dev.microsandbox.mcp.tools.media.MediaType;
import dev.microsandbox.mcp.tools.path.GuestPath;
import dev.microsandbox.mcp.tools.result.ToolReport;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxFiles;
import dev.microsandbox.vmm.storage.Sha256;
import java.io.IOException;
import java.util.Base64;
import java.util.Optional;

/**
 * Reports files that are not text: images as images, small files as base64, others only by their
 * facts.
 */
final class BinaryFile {

    private BinaryFile() {}

    /** Reports the file in the form that suits its type. */
    static ToolReport report(Sandbox sandbox, String path, MediaType type, long size)
            throws IOException, InterruptedException {
        if (type.name().startsWith("image/")) {
            Optional<ToolReport> image = image(sandbox, path, type, size);
            if (image.isPresent()) {
                return image.get();
            }
        }
        if (size > ReadFile.MAX_TEXT) {
            return notShown(path, type, size);
        }
        FileBytes.Read file = FileBytes.read(sandbox, path, 0, SandboxFiles.TO_END);
        return file.bytes().length <= ReadFile.MAX_TEXT
                ? base64(path, type, file)
                : notShown(path, type, file.bytes().length);
    }

    private static Optional<ToolReport> image(
            Sandbox sandbox, String path, MediaType type, long size)
            throws IOException, InterruptedException {
        if (size <= (type.name().equals("image/png") ? FileBytes.MAX : ShownImage.MAX_BYTES)) {
            FileBytes.Read file = FileBytes.read(sandbox, path, 0, SandboxFiles.TO_END);
            Optional<ShownImage> shown = here(file.bytes());
            if (shown.isPresent()) {
                return Optional.of(
                        image(path, size, shown.get())
                                .fact(ReadResult.BYTES, file.bytes().length)
                                .fact(ReadResult.SHA256, Sha256.of(file.bytes())));
            }
        }
        return GuestImage.convert(sandbox, path, type)
                .map(converted -> image(path, size, converted));
    }

    /** The image, reduced in the server if need be; empty if only the guest can do that. */
    private static Optional<ShownImage> here(byte[] image) {
        try {
            return ShownImage.of(image);
        } catch (ImageTimeException e) {
            // The sandbox has a processor of its own.
            return Optional.empty();
        }
    }

    private static ToolReport notShown(String path, MediaType type, long size) {
        return ToolReport.ok()
                .fact(ReadResult.PATH, GuestPath.asArgument(path))
                .fact(ReadResult.SIZE, size)
                .fact(ReadResult.MIME_TYPE, type.name())
                .fact(ReadResult.ENCODING, ReadFile.NONE)
                .hint(advice(type));
    }

    private static String advice(MediaType type) {
        if (type.name().startsWith("text/plain; charset=utf-16")) {
            return "UTF-16: convert it with run_command (iconv -f utf-16 -t utf-8 FILE).";
        }
        if (type.name().startsWith("image/")) {
            return "The image is damaged, or too large or of another format than can be shown, and"
                    + " Pillow in the sandbox could not convert it: make a PNG of at most 2000"
                    + " pixels of it, or use encoding=base64 for its bytes.";
        }
        return "A binary file of this size is not shown. Use run_command to look into it, or"
                + " encoding=base64 for its bytes.";
    }

    private static ToolReport image(String path, long size, ShownImage image) {
        ImageHeader original = image.original();
        return facts(path, size, original.mimeType(), ReadFile.IMAGE)
                .fact(ReadResult.WIDTH, original.width())
                .fact(ReadResult.HEIGHT, original.height())
                .remark(ImageContent.describe(image, size))
                .attach(ImageContent.of(image));
    }

    /** Reports the exact bytes as base64. */
    static ToolReport base64(String path, MediaType type, FileBytes.Read file) {
        long size = Math.max(file.stat().size(), file.bytes().length);
        return facts(path, size, type.name(), ReadFile.BASE64)
                .fact(ReadResult.BYTES, file.bytes().length)
                .fact(ReadResult.SHA256, Sha256.of(file.bytes()))
                .payload(ReadResult.CONTENT, Base64.getEncoder().encodeToString(file.bytes()));
    }

    private static ToolReport facts(String path, long size, String mimeType, String encoding) {
        return ToolReport.ok()
                .fact(ReadResult.PATH, GuestPath.asArgument(path))
                .fact(ReadResult.SIZE, size)
                .fact(ReadResult.MIME_TYPE, mimeType)
                .fact(ReadResult.ENCODING, encoding);
    }
}
