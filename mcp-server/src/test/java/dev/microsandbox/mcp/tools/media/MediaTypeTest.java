package dev.microsandbox.mcp.tools.media;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class MediaTypeTest {

    /** The first line is the file's name. */
    @FuzzTest
    void anyFileIsOfAType(byte[] input) {
        String text = new String(input, ISO_8859_1);
        String name = text.lines().findFirst().orElse("");
        byte[] prefix =
                text.substring(Math.min(text.length(), name.length() + 1)).getBytes(ISO_8859_1);
        assertThat(MediaType.of(prefix, name).name()).matches("[a-z]+/[a-z0-9.+-]+(; .*)?");
    }

    static Stream<Arguments> binaries() {
        return Stream.of(
                Arguments.of("\u0089PNG\r\n\u001A\n", "x.txt", "image/png"),
                Arguments.of("\u00FF\u00D8\u00FF\u00E0", "photo", "image/jpeg"),
                Arguments.of("GIF89a", "a", "image/gif"),
                Arguments.of("RIFF\1\2\3\4WEBPVP8 ", "a", "image/webp"),
                Arguments.of("RIFF\1\2\3\4WAVEfmt ", "a", "audio/wav"),
                Arguments.of("BM6\u00BB\r\0", "a", "image/bmp"),
                Arguments.of("%PDF-1.7", "a", "application/pdf"),
                Arguments.of("PK\3\4", "a.zip", "application/zip"),
                Arguments.of("PK\3\4", "lib.JAR", "application/java-archive"),
                Arguments.of("\u001F\u008B\b", "a.tar.gz", "application/gzip"),
                Arguments.of("\u007FELF\2", "true", "application/x-elf"),
                Arguments.of("SQLite format 3\0", "a.db", "application/vnd.sqlite3"),
                Arguments.of("\u00FF\u00FEh\0i\0", "a.txt", "text/plain; charset=utf-16le"),
                Arguments.of("a\0b", "a.txt", "application/octet-stream"));
    }

    @ParameterizedTest
    @MethodSource("binaries")
    void binaryFilesAreKnownByTheirBytes(String prefix, String name, String mimeType) {
        MediaType type = MediaType.of(prefix.getBytes(ISO_8859_1), name);
        assertThat(type.name()).isEqualTo(mimeType);
        assertThat(type.isText()).isFalse();
    }

    static Stream<Arguments> texts() {
        return Stream.of(
                Arguments.of("", "/tmp/a.b/none", "text/plain"),
                Arguments.of("print()", "a.py", "text/x-python"),
                Arguments.of("{}", "dir.json/a.JSON", "application/json"),
                Arguments.of("BM25 ranks", "notes", "text/plain"),
                Arguments.of("<svg xmlns=\"\">", "picture", "image/svg+xml"),
                Arguments.of("\n<?xml version=\"1.0\"?><!-- x --><SVG>", "a.xml", "image/svg+xml"),
                Arguments.of("<?xml version=\"1.0\"?><a/>", "a.xml", "application/xml"),
                Arguments.of("caf\u00E9", "menu.csv", "text/csv"));
    }

    @ParameterizedTest
    @MethodSource("texts")
    void textIsKnownByItsName(String prefix, String name, String mimeType) {
        assertThat(MediaType.of(prefix.getBytes(ISO_8859_1), name))
                .isEqualTo(new MediaType(mimeType, true));
    }

    @Test
    void aTarIsKnownByWhatComesLate() {
        byte[] tar = new byte[512];
        System.arraycopy("ustar".getBytes(ISO_8859_1), 0, tar, 257, 5);
        assertThat(MediaType.of(tar, "a").name()).isEqualTo("application/x-tar");
    }
}
