package dev.microsandbox.vmm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.junit.jupiter.api.Test;

class PathBytesTest {

    @FuzzTest
    void anyBytesComeBack(byte[] name) {
        assertComesBack(name);
    }

    @Test
    void anyBytesComeBackAsTheyWere() {
        SeededCases.check(3000, values -> assertComesBack(values.bytes(40)));
    }

    private static void assertComesBack(byte[] name) {
        String text = PathBytes.decode(name, 0, name.length);
        assertThat(PathBytes.encode(text)).isEqualTo(name);
    }

    @Test
    void textIsAsItIs() {
        byte[] name = "é/😀\n".getBytes(UTF_8);
        assertThat(PathBytes.decode(name, 0, name.length)).isEqualTo("é/😀\n");
        assertThat(PathBytes.encode("é/😀\n")).isEqualTo(name);
    }

    @Test
    void whatIsNoTextIsEscapedByteByByte() {
        byte[] name = {'a', (byte) 0xFF, 'b', (byte) 0xE2, (byte) 0x82, '/', (byte) 0xC3};
        assertThat(PathBytes.decode(name, 0, name.length)).isEqualTo("a\uDCFFb\uDCE2\uDC82/\uDCC3");
        assertThat(PathBytes.decode(name, 1, 2)).isEqualTo("\uDCFFb");
    }

    @Test
    void halfOfAPairThatStandsForNoByteIsReplaced() {
        assertThat(PathBytes.encode("a\uD800b\uDC00")).isEqualTo("a?b?".getBytes(UTF_8));
    }
}
