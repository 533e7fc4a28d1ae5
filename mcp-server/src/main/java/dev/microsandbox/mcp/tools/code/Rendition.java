package dev.microsandbox.mcp.tools.code;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.microsandbox.mcp.tools.image.ImageContent;
import dev.microsandbox.mcp.tools.image.ImageTimeException;
import dev.microsandbox.mcp.tools.image.ShownImage;
import dev.microsandbox.mcp.tools.output.TextCapture;
import dev.microsandbox.mcp.tools.result.ErrorText;
import dev.microsandbox.mcp.tools.result.ResultKey;
import dev.microsandbox.mcp.tools.result.ResultObject;
import dev.microsandbox.mcp.units.ByteSize;
import dev.microsandbox.vmm.MimeBundle;
import dev.microsandbox.vmm.MimeBundle.Representation;
import io.modelcontextprotocol.spec.McpSchema;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The form in which a displayed value is shown: always as text, and also as an attachment if it is
 * an image or a document.
 *
 * @param mimeType the MIME type of the chosen representation
 * @param bytes the size of that representation
 * @param text the text form
 * @param image the image that is shown; null if the value is not an image
 * @param attachment the attachment; null if there is none
 */
record Rendition(
        String mimeType,
        int bytes,
        String text,
        @Nullable ShownImage image,
        McpSchema.@Nullable Content attachment) {

    private static final ResultKey<String> MIME_TYPE = ResultKey.text("mime_type", "Its type.");

    private static final ResultKey<Number> BYTES = ResultKey.integer("bytes", "Its size.");

    private static final ResultKey<Number> WIDTH = ResultKey.integer("width", "Pixels.").optional();

    private static final ResultKey<Number> HEIGHT =
            ResultKey.integer("height", "Pixels.").optional();

    private static final ResultKey<String> TEXT = ResultKey.text("text", "It in words.");

    /** The key of the displayed values. */
    static final ResultKey<List<ResultObject>> DISPLAYS =
            ResultKey.objects(
                            "displays",
                            "Values that were displayed.",
                            MIME_TYPE,
                            BYTES,
                            WIDTH,
                            HEIGHT,
                            TEXT)
                    .optional();

    /** The maximum size of an attached document, in bytes; a model cannot use longer ones. */
    private static final int MAX_DOCUMENT = 256 * 1024;

    private static final String PLAIN = "text/plain";

    /** Text types, the most readable first. */
    private static final List<String> TEXTS =
            List.of("text/markdown", "text/latex", "application/json", PLAIN);

    /** Types that are attached as a document. */
    private static final List<String> DOCUMENTS = List.of("image/svg+xml", "text/html");

    /**
     * Chooses how to show a value.
     *
     * @param name a name for the document, if it becomes one
     * @param textLimit maximum size of the text, in bytes
     */
    static Rendition of(MimeBundle bundle, String name, int textLimit) {
        String plain = bundle.get(PLAIN).map(r -> text(r, textLimit)).orElse("");
        return image(bundle, plain)
                .or(() -> document(bundle, plain, name))
                .orElseGet(() -> text(bundle, plain, textLimit));
    }

    private static Optional<Rendition> image(MimeBundle bundle, String plain) {
        return bundle.representations().stream()
                .filter(r -> r.mimeType().startsWith("image/") && !isDocument(r))
                .findFirst()
                .map(r -> image(r, plain));
    }

    private static Rendition image(Representation image, String plain) {
        int bytes = image.data().length;
        Optional<ShownImage> shown;
        try {
            shown = ShownImage.of(image.data());
        } catch (ImageTimeException e) {
            return leftOut(
                    "[an image of %s is left out: %s; make it at most %d pixels wide and high, or save it to a file and use read_file]"
                            .formatted(
                                    ByteSize.inWords(bytes), e.getMessage(), ShownImage.MAX_SIDE),
                    bytes,
                    plain);
        }
        if (shown.isEmpty()) {
            return leftOut(
                    "[an image of %s that is damaged or too large to show; save it smaller]"
                            .formatted(ByteSize.inWords(bytes)),
                    bytes,
                    plain);
        }
        ShownImage picture = shown.get();
        return new Rendition(
                picture.original().mimeType(),
                bytes,
                ImageContent.describe(picture, bytes) + described(plain),
                picture,
                ImageContent.of(picture));
    }

    private static Rendition leftOut(String text, int bytes, String plain) {
        return new Rendition("image", bytes, text + described(plain), null, null);
    }

    private static String described(String plain) {
        return plain.isEmpty() ? "" : " " + plain;
    }

    /**
     * The value as a document: SVG always, HTML only if the text is meaningless, because a table's
     * HTML would only repeat the text table.
     */
    private static Optional<Rendition> document(MimeBundle bundle, String plain, String name) {
        return bundle.representations().stream()
                .filter(Rendition::isDocument)
                .filter(r -> r.mimeType().startsWith("image/") || isObjectName(plain))
                .findFirst()
                .map(r -> document(r, plain, name));
    }

    private static boolean isDocument(Representation representation) {
        return DOCUMENTS.contains(representation.mimeType());
    }

    private static Rendition document(Representation document, String plain, String name) {
        int bytes = document.data().length;
        String type = document.mimeType();
        if (bytes > MAX_DOCUMENT) {
            String text =
                    "[%s, %s: too large to show; save it to a file]"
                            .formatted(type, ByteSize.inWords(bytes));
            return new Rendition(type, bytes, text + described(plain), null, null);
        }
        String uri = "sandbox:///display/" + name + (type.endsWith("html") ? ".html" : ".svg");
        var resource =
                McpSchema.TextResourceContents.builder(uri, new String(document.data(), UTF_8))
                        .mimeType(type)
                        .build();
        String text = "[%s, %s, attached as %s]".formatted(type, ByteSize.inWords(bytes), uri);
        return new Rendition(
                type,
                bytes,
                text + described(plain),
                null,
                McpSchema.EmbeddedResource.builder(resource).build());
    }

    /**
     * The value as text. If the plain text is only an object's name, as in {@code
     * <IPython.core.display.JSON object>}, uses another representation that has the value.
     */
    private static Rendition text(MimeBundle bundle, String plain, int limit) {
        return TEXTS.stream()
                .filter(type -> type.equals(PLAIN) || isObjectName(plain))
                .flatMap(type -> bundle.get(type).stream())
                .findFirst()
                .map(r -> new Rendition(r.mimeType(), r.data().length, text(r, limit), null, null))
                .orElseGet(() -> named(bundle.representations().getFirst()));
    }

    /** The name and the size of a value whose type cannot be shown. */
    private static Rendition named(Representation representation) {
        String type = ErrorText.bounded(representation.mimeType());
        int bytes = representation.data().length;
        String text = "[%s, %s]".formatted(type, ByteSize.inWords(bytes));
        return new Rendition(type, bytes, text, null, null);
    }

    private static String text(Representation representation, int limit) {
        return TextCapture.of(representation.data(), limit).shown("");
    }

    private static boolean isObjectName(String text) {
        return text.isEmpty() || (text.startsWith("<") && text.endsWith(">"));
    }

    /** The rendition as structured data for programs. */
    ResultObject structured() {
        ResultObject facts = new ResultObject().with(MIME_TYPE, mimeType).with(BYTES, bytes);
        if (image != null) {
            facts.with(WIDTH, image.original().width()).with(HEIGHT, image.original().height());
        }
        return facts.with(TEXT, text);
    }
}
