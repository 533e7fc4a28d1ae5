package dev.microsandbox.mcp.tools.code;

import static dev.microsandbox.mcp.tools.ToolHarness.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.session.FakeSandbox;
import dev.microsandbox.mcp.tools.ToolHarness;
import dev.microsandbox.vmm.MimeBundle;
import dev.microsandbox.vmm.MimeBundle.Representation;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DisplayedValuesTest {

    private static final byte[] PNG =
            HexFormat.of().parseHex("89504e470d0a1a0a0000000d4948445200000280000001e0080600000000");

    private final ToolHarness harness = ToolHarness.started();
    private final FakeSandbox sandbox = harness.sandbox();

    @AfterEach
    void close() {
        harness.close();
    }

    @Test
    void picturesComeAsImagesWithWords() {
        sandbox.onRun(
                (request, listener) -> {
                    listener.display(
                            new MimeBundle(
                                    List.of(
                                            new Representation("image/png", PNG),
                                            representation("text/plain", "<Figure 640x480>"))));
                    return FakeSandbox.finished();
                });
        CallToolResult result = run(Map.of("code", "x"));
        assertThat(text(result))
                .contains("--- displays ---\n[image/png 640x480, 30 bytes] <Figure 640x480>\n");
        assertThat(result.content().get(1))
                .isInstanceOfSatisfying(
                        McpSchema.ImageContent.class,
                        image -> {
                            assertThat(image.mimeType()).isEqualTo("image/png");
                            assertThat(Base64.getDecoder().decode(image.data())).isEqualTo(PNG);
                        });
    }

    @Test
    void aPictureIsWhatItsBytesSayNotItsType() {
        sandbox.onRun(
                (request, listener) -> {
                    listener.display(bundle("image/png", "this is no image"));
                    return FakeSandbox.finished();
                });
        CallToolResult result = run(Map.of("code", "x"));
        assertThat(result.content()).hasSize(1);
        assertThat(text(result)).contains("damaged or too large to show");
    }

    @Test
    void aTableIsShownAsTextAndDocumentsAsResources() {
        sandbox.onRun(
                (request, listener) -> {
                    listener.display(
                            new MimeBundle(
                                    List.of(
                                            representation("text/html", "<table>…</table>"),
                                            representation("text/plain", "   a\n0  1"))));
                    listener.display(
                            new MimeBundle(
                                    List.of(
                                            representation("text/html", "<b>hi</b>"),
                                            representation(
                                                    "text/plain",
                                                    "<IPython.core.display.HTML object>"))));
                    listener.display(bundle("image/svg+xml", "<svg/>"));
                    return FakeSandbox.finished();
                });
        CallToolResult result = run(Map.of("code", "x"));
        assertThat(text(result)).contains("   a\n0  1\n").doesNotContain("<table>");
        assertThat(resources(result)).containsExactly("<b>hi</b>", "<svg/>");
    }

    @Test
    void aFloodOfDisplaysIsBounded() {
        sandbox.onRun(
                (request, listener) -> {
                    for (int i = 0; i < 1000; i++) {
                        listener.display(bundle("image/svg+xml", "<svg>" + i + "</svg>"));
                    }
                    return FakeSandbox.finished();
                });
        CallToolResult result = run(Map.of("code", "x"));
        assertThat(result.content()).hasSize(1 + DisplayedValues.MAX_ATTACHMENTS);
        assertThat(text(result)).contains("[… 990 more displayed values omitted …]");
    }

    @Test
    void clearForgetsWhatCameBefore() {
        sandbox.onRun(
                (request, listener) -> {
                    listener.stdout(bytes("old"));
                    listener.display(bundle("text/plain", "old"));
                    listener.clear();
                    listener.stdout(bytes("new"));
                    return FakeSandbox.finished();
                });
        assertThat(text(run(Map.of("code", "x")))).contains("new").doesNotContain("old");
    }

    private CallToolResult run(Map<String, Object> arguments) {
        return harness.call("run_code", arguments);
    }

    private static List<String> resources(CallToolResult result) {
        return result.content().stream()
                .filter(McpSchema.EmbeddedResource.class::isInstance)
                .map(McpSchema.EmbeddedResource.class::cast)
                .map(r -> ((McpSchema.TextResourceContents) r.resource()).text())
                .toList();
    }

    private static MimeBundle bundle(String type, String text) {
        return new MimeBundle(List.of(representation(type, text)));
    }

    private static Representation representation(String type, String text) {
        return new Representation(type, bytes(text));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}
