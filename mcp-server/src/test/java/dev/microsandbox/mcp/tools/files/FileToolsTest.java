package dev.microsandbox.mcp.tools.files;

import static dev.microsandbox.mcp.tools.ToolHarness.structured;
import static dev.microsandbox.mcp.tools.ToolHarness.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.session.FakeSandbox;
import dev.microsandbox.mcp.tools.ToolHarness;
import dev.microsandbox.vmm.storage.Sha256;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FileToolsTest {

    private final ToolHarness harness = ToolHarness.started();
    private final Map<String, byte[]> files = harness.sandbox().content;

    @AfterEach
    void close() {
        harness.close();
    }

    @Test
    void randomBytesSurviveTheRoundTrip() {
        byte[] bytes = new byte[5 * 1024 * 1024];
        new Random(1).nextBytes(bytes);
        CallToolResult written =
                call(
                        "write_file",
                        "path",
                        "random.bin",
                        "encoding",
                        "base64",
                        "content",
                        Base64.getMimeEncoder().encodeToString(bytes));
        assertThat(files.get("random.bin")).isEqualTo(bytes);

        CallToolResult read = call("read_file", "path", "random.bin", "encoding", "base64");

        assertThat(Base64.getDecoder().decode((String) structured(read).get("content")))
                .isEqualTo(bytes);
        assertThat(structured(read))
                .containsEntry("sha256", structured(written).get("sha256"))
                .containsEntry("bytes", bytes.length);

        CallToolResult part =
                call("read_file", "path", "random.bin", "encoding", "base64", "length", 3_000_000);
        assertThat(((McpSchema.TextContent) part.content().get(1)).text())
                .isEqualTo(structured(part).get("content"));
    }

    @Test
    void readsBytesInParts() {
        files.put("a", new byte[] {1, 2, 3, 4, 5});
        CallToolResult part =
                call("read_file", "path", "a", "encoding", "base64", "offset", 1, "length", 2);
        assertThat(structured(part))
                .containsEntry("content", "AgM=")
                .containsEntry("next_offset", 3L);
        CallToolResult rest = call("read_file", "path", "a", "encoding", "base64", "offset", 3);
        assertThat(structured(rest))
                .containsEntry("content", "BAU=")
                .doesNotContainKey("next_offset");
    }

    @Test
    void readsTextByLines() {
        write("a.txt", "one\ntwo\nthree\nfour");
        CallToolResult result = call("read_file", "path", "a.txt", "offset", 2, "limit", 2);
        assertThat(text(result))
                .isEqualTo(
                        "status=ok path=a.txt size=18 mime_type=text/plain encoding=utf-8 lines=2"
                                + " total_lines=4 next_offset=4\n"
                                + "hint: There is more: go on with offset=4.\n"
                                + "two\nthree\n");
        CallToolResult rest = call("read_file", "path", "a.txt", "offset", 4);
        assertThat(structured(rest))
                .containsEntry("content", "four")
                .containsEntry("lines", 1L)
                .doesNotContainKey("next_offset");
    }

    @Test
    void theLastLineIsNotFollowedByMore() {
        write("a.txt", "one\ntwo\n");
        assertThat(structured(call("read_file", "path", "a.txt", "limit", 2)))
                .containsEntry("lines", 2L)
                .doesNotContainKey("next_offset");
    }

    @Test
    void longTextEndsAtALineAndSaysHowToReadOn() {
        write("long.txt", "0123456789abcde\n".repeat(5000));
        StringBuilder all = new StringBuilder();
        Object next = 1;
        int calls = 0;
        while (next != null) {
            CallToolResult result = call("read_file", "path", "long.txt", "offset", next);
            assertThat((String) structured(result).get("content")).hasSizeLessThanOrEqualTo(32_768);
            all.append(structured(result).get("content"));
            next = structured(result).get("next_offset");
            calls++;
        }
        assertThat(all.toString().getBytes(UTF_8)).isEqualTo(files.get("long.txt"));
        assertThat(calls).isEqualTo(3);
    }

    @Test
    void aVeryLongLineIsCutBetweenCharacters() {
        write("line.txt", "a" + "é".repeat(40_000));
        CallToolResult result = call("read_file", "path", "line.txt");
        assertThat((String) structured(result).get("content")).matches("aé+");
        assertThat(text(result))
                .contains("Line 1 is longer than 32 KiB and cut here.")
                .contains("offset=32767 and length=32768");
    }

    @Test
    void aVeryLongLineIsReadByBytesWithoutCuttingACharacter() {
        String line = "a" + "é".repeat(40_000);
        write("line.txt", line);
        StringBuilder all = new StringBuilder();
        Object next = 0;
        while (next != null) {
            CallToolResult part =
                    call("read_file", "path", "line.txt", "offset", next, "length", 32_768);
            assertThat(structured(part)).containsEntry("encoding", "utf-8");
            all.append(structured(part).get("content"));
            next = structured(part).get("next_offset");
        }
        assertThat(all.toString()).isEqualTo(line);
    }

    @Test
    void bytesThatAreNoTextComeAsBase64() {
        files.put("a", new byte[] {'a', (byte) 0xFF, 'b', 'c'});
        CallToolResult part = call("read_file", "path", "a", "offset", 1, "length", 2);
        assertThat(structured(part))
                .containsEntry("encoding", "base64")
                .containsEntry("content", "/2I=")
                .containsEntry("next_offset", 3L);
        assertThat(structured(call("read_file", "path", "a", "offset", -2, "length", 9)))
                .containsEntry("content", "bc");
        CallToolResult last = call("read_file", "path", "a", "offset", -1, "encoding", "base64");
        assertThat(structured(last)).containsEntry("content", "Yw==");
    }

    @Test
    void theLastLinesAreReadFromTheEnd() {
        write("log", "line\n".repeat(100_000) + "last\nend");
        CallToolResult result = call("read_file", "path", "log", "offset", -2);
        assertThat(text(result))
                .isEqualTo(
                        "status=ok path=log size=500008 mime_type=text/plain encoding=utf-8"
                                + " lines=2\n"
                                + "last\n"
                                + "end");
        CallToolResult some = call("read_file", "path", "log", "offset", -3, "limit", 2);
        assertThat(structured(some))
                .containsEntry("content", "line\nlast\n")
                .containsEntry("next_offset", -1L);
        CallToolResult many = call("read_file", "path", "log", "offset", -100_000);
        assertThat((String) structured(many).get("content"))
                .startsWith("line\n")
                .endsWith("line\nlast\nend")
                .hasSizeBetween(32_000, 32_768);
        assertThat(text(many)).contains("has room for the last 655");
    }

    @Test
    void linesAreCountedInAFileThatIsNotTooLong() {
        write("short", "x\n".repeat(50_000));
        assertThat(structured(call("read_file", "path", "short", "limit", 1)))
                .containsEntry("total_lines", 50_000L);
        write("long", "x\n".repeat(1_000_000));
        assertThat(structured(call("read_file", "path", "long", "limit", 1)))
                .containsEntry("lines", 1L)
                .containsEntry("next_offset", 2L)
                .doesNotContainKey("total_lines");
    }

    @Test
    void aLongTextWithAnInvalidByteIsStillText() {
        byte[] bytes = "line\n".repeat(10_000).getBytes(UTF_8);
        bytes[2] = (byte) 0xE9;
        files.put("latin.log", bytes);
        CallToolResult result = call("read_file", "path", "latin.log", "limit", 1);
        assertThat(structured(result)).containsEntry("content", "li\uFFFDe\n");
        assertThat(text(result)).contains("Invalid bytes were replaced");
    }

    @Test
    void aNameThatIsNoTextIsReadAndWrittenByItsUri() {
        files.put("/workspace/n\uDCFF", new byte[] {'x'});
        CallToolResult read = call("read_file", "path", "file:///workspace/n%FF");
        assertThat(structured(read))
                .containsEntry("path", "file:///workspace/n%FF")
                .containsEntry("content", "x");
        call("write_file", "path", "file:///workspace/n%FE", "content", "y");
        assertThat(files.get("/workspace/n\uDCFE")).asString(UTF_8).isEqualTo("y");
        CallToolResult edit =
                call(
                        "edit_file",
                        "path",
                        "file:///workspace/n%FE",
                        "old_string",
                        "z",
                        "new_string",
                        "");
        assertThat(text(edit)).contains("0 times in file:///workspace/n%FE.");
    }

    @Test
    void saysThatThereIsNoSuchLine() {
        write("a.txt", "one\ntwo\n");
        CallToolResult result = call("read_file", "path", "a.txt", "offset", 5);
        assertThat(result.isError()).isTrue();
        assertThat(text(result)).isEqualTo("error: a.txt has 2 lines; there is no line 5.");
    }

    @Test
    void anEmptyFileIsSaidInWords() {
        write("empty", "");
        assertThat(text(call("read_file", "path", "empty")))
                .isEqualTo(
                        "status=ok path=empty size=0 mime_type=text/plain encoding=utf-8 lines=0"
                                + " total_lines=0\n[empty file]\n");
    }

    @Test
    void noContentItemIsBlank() {
        write("blank", "\n\n");
        CallToolResult result = call("read_file", "path", "blank");
        assertThat(result.content()).hasSize(1);
        assertThat(text(result)).endsWith("[nothing but white space]\n");
        assertThat(structured(result)).containsEntry("content", "\n\n");
    }

    @Test
    void invalidUtf8ComesAsBase64WithSizeAndHash() {
        byte[] bytes = {'a', (byte) 0xFF, 'b'};
        files.put("bad.txt", bytes);
        assertThat(structured(call("read_file", "path", "bad.txt")))
                .containsEntry("encoding", "base64")
                .containsEntry("content", Base64.getEncoder().encodeToString(bytes))
                .containsEntry("size", 3L)
                .containsEntry("sha256", Sha256.of(bytes));
        assertThat(structured(call("read_file", "path", "bad.txt", "encoding", "utf-8")))
                .containsEntry("content", "a\uFFFDb");
    }

    @Test
    void aLargeBinaryFileIsDescribedNotShown() {
        files.put("big.bin", new byte[100_000]);
        CallToolResult result = call("read_file", "path", "big.bin");
        assertThat(structured(result))
                .containsEntry("encoding", "none")
                .containsEntry("size", 100_000L)
                .doesNotContainKey("content");
        assertThat(text(result)).contains("encoding=base64");
    }

    @Test
    void anImageComesAsOne() throws IOException {
        var png = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(30, 20, BufferedImage.TYPE_INT_RGB), "png", png);
        files.put("plot.dat", png.toByteArray());
        CallToolResult result = call("read_file", "path", "plot.dat");
        assertThat(result.content().get(1)).isInstanceOf(McpSchema.ImageContent.class);
        assertThat(structured(result))
                .containsEntry("encoding", "image")
                .containsEntry("mime_type", "image/png")
                .containsEntry("width", 30)
                .containsEntry("height", 20);
    }

    /** The server does not decode JPEGs; the guest reduces them. */
    @Test
    void anImageThatIsTooLargeIsConvertedInTheGuest() throws IOException {
        var small = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(30, 20, BufferedImage.TYPE_INT_RGB), "jpg", small);
        byte[] large = Arrays.copyOf(small.toByteArray(), 2_000_000);
        files.put("photo.jpg", large);
        harness.sandbox()
                .onExec(
                        (request, listener) -> {
                            assertThat(request.command()).contains("python3", "photo.jpg");
                            listener.stderr("6000 4000\n".getBytes(UTF_8));
                            listener.stdout(small.toByteArray());
                            return FakeSandbox.exited(0);
                        });
        CallToolResult result = call("read_file", "path", "photo.jpg");
        assertThat(result.content().get(1)).isInstanceOf(McpSchema.ImageContent.class);
        assertThat(structured(result))
                .containsEntry("mime_type", "image/jpeg")
                .containsEntry("width", 6000)
                .containsEntry("size", 2_000_000L);
        assertThat(text(result)).contains("shown as 30x20");
    }

    @Test
    void anImageThatTheGuestCannotConvertIsDescribed() {
        byte[] large = new byte[2_000_000];
        System.arraycopy(new byte[] {(byte) 0xFF, (byte) 0xD8, (byte) 0xFF}, 0, large, 0, 3);
        files.put("photo.jpg", large);
        harness.sandbox()
                .onExec(
                        (request, listener) -> {
                            listener.stderr("1 1\n".getBytes(UTF_8));
                            listener.stdout(new byte[5_000_000]);
                            return FakeSandbox.exited(0);
                        });
        CallToolResult result = call("read_file", "path", "photo.jpg");
        assertThat(structured(result))
                .containsEntry("encoding", "none")
                .containsEntry("mime_type", "image/jpeg");
        assertThat(text(result)).contains("make a PNG of at most 2000 pixels");
    }

    @Test
    void aMissingFileSaysWhereToLook() {
        CallToolResult result = call("read_file", "path", "nowhere");
        assertThat(result.isError()).isTrue();
        assertThat(text(result))
                .isEqualTo(
                        "error: nowhere: No such file or directory. Relative paths start at"
                                + " /workspace; list_files shows what is there.");
    }

    @Test
    void aLargeFileComesInPartsThatClientsCanTake() {
        files.put("huge", new byte[FileBytes.MAX + 1]);
        CallToolResult result = call("read_file", "path", "huge", "encoding", "base64");
        assertThat(structured(result))
                .containsEntry("bytes", ReadFile.DEFAULT_LENGTH)
                .containsEntry("next_offset", (long) ReadFile.DEFAULT_LENGTH);
        // The content is sent once: sent twice, it would exceed a client's 10 MiB.
        assertThat(result.content()).hasSize(1);
        assertThat(text(result)).contains("in structuredContent.content alone");
    }

    @Test
    void moreThanOneCallTransfersIsRefused() {
        files.put("huge", new byte[FileBytes.MAX + 1]);
        CallToolResult result =
                call("edit_file", "path", "huge", "old_string", "a", "new_string", "b");
        assertThat(result.isError()).isTrue();
        assertThat(text(result)).contains("one call reads at most 64 MiB");
    }

    @Test
    void appends() {
        call("write_file", "path", "log", "content", "one\n");
        CallToolResult result =
                call("write_file", "path", "log", "content", "two\n", "append", true);
        assertThat(files.get("log")).asString(UTF_8).isEqualTo("one\ntwo\n");
        assertThat(structured(result)).containsEntry("bytes", 4).containsEntry("size", 8L);
    }

    @Test
    void listsOneEntryALineWhateverItsName() {
        write("a\nb\u001B[31m", "12345");
        CallToolResult result = call("list_files", "path", "/workspace");
        assertThat(text(result))
                .isEqualTo(
                        """
                        status=ok path=/workspace count=1 truncated=false
                        --- entries ---
                        -rw-r--r--          5 2026-01-02 03:04 file:///workspace/a%0Ab%1B%5B31m
                        """);
    }

    @Test
    void aLongListingIsCutAndSaysSo() {
        for (int i = 0; i < ListFiles.MAX_ENTRIES + 5; i++) {
            files.put("f" + i, new byte[0]);
        }
        CallToolResult result = call("list_files");
        assertThat(structured(result))
                .containsEntry("count", ListFiles.MAX_ENTRIES)
                .containsEntry("truncated", true);
        assertThat(text(result)).contains("hint: There is more");
    }

    private void write(String path, String content) {
        files.put(path, content.getBytes(UTF_8));
    }

    private CallToolResult call(String tool, Object... arguments) {
        return harness.call(tool, arguments);
    }
}
