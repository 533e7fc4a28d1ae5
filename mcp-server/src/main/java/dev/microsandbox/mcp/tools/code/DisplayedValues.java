package dev.microsandbox.mcp.tools.code;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.microsandbox.mcp.tools.output.TextCapture;
import dev.microsandbox.mcp.tools.result.ResultObject;
import dev.microsandbox.vmm.MimeBundle;
import io.modelcontextprotocol.spec.McpSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** A bounded list of the values that code displays in one call. Not thread-safe. */
final class DisplayedValues {

    static final int MAX_VALUES = 50;
    static final int MAX_ATTACHMENTS = 10;

    private final List<Rendition> renditions = new ArrayList<>();
    private int textLeft = TextCapture.DEFAULT_LIMIT;
    private int attachments;
    private long omitted;

    /** Adds a value, unless there are too many. Keeps only the part of the bundle that is shown. */
    void add(MimeBundle bundle) {
        if (renditions.size() >= MAX_VALUES || textLeft <= 0 || attachments >= MAX_ATTACHMENTS) {
            omitted++;
            return;
        }
        Rendition rendition =
                Rendition.of(bundle, Integer.toString(renditions.size() + 1), textLeft);
        textLeft -= rendition.text().getBytes(UTF_8).length;
        if (rendition.attachment() != null) {
            attachments++;
        }
        renditions.add(rendition);
    }

    void clear() {
        renditions.clear();
        textLeft = TextCapture.DEFAULT_LIMIT;
        attachments = 0;
        omitted = 0;
    }

    boolean isEmpty() {
        return renditions.isEmpty();
    }

    String text() {
        StringBuilder text = new StringBuilder();
        for (Rendition rendition : renditions) {
            text.append(rendition.text());
            if (!rendition.text().endsWith("\n")) {
                text.append('\n');
            }
        }
        if (omitted > 0) {
            text.append("[… %d more displayed values omitted …]\n".formatted(omitted));
        }
        return text.toString();
    }

    List<ResultObject> structured() {
        return renditions.stream().map(Rendition::structured).toList();
    }

    long omitted() {
        return omitted;
    }

    List<McpSchema.Content> attachments() {
        return renditions.stream()
                .map(Rendition::attachment)
                .filter(Objects::nonNull)
                .map(McpSchema.Content.class::cast)
                .toList();
    }
}
