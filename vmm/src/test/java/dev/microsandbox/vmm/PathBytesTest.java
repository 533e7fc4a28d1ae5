package dev.microsandbox.vmm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class PathBytesTest {

    @Property(tries = 3000)
    void anyBytesComeBackAsTheyWere(@ForAll @Size(max = 40) byte[] name) {
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
