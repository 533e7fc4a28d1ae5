package dev.microsandbox.mcp.tools.path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.microsandbox.mcp.SeededCases;
import dev.microsandbox.vmm.PathBytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GuestPathTest {

    @Test
    void anOrdinaryPathIsItself() {
        for (String path : new String[] {"a b/é.txt", "/tmp/100%", "./file://x", "..", "😀"}) {
            assertThat(GuestPath.parse(path)).isEqualTo(path);
            assertThat(GuestPath.asArgument(path)).isEqualTo(path);
            assertThat(GuestPath.inLine(path)).isEqualTo(path);
        }
    }

    @Test
    void aTildeAtTheStartIsTheHomeAndAFileOfThatNameAUri() {
        assertThat(GuestPath.parse("~")).isEqualTo("/workspace");
        assertThat(GuestPath.parse("~/a ~/b")).isEqualTo("/workspace/a ~/b");
        for (String path : new String[] {"~a", "./~", "a/~", "/~/a", "~root/a"}) {
            assertThat(GuestPath.parse(path)).isEqualTo(path);
            assertThat(GuestPath.inLine(path)).isEqualTo(path);
        }
        assertThat(GuestPath.inLine("~")).isEqualTo("file:///workspace/~");
        assertThat(GuestPath.asArgument("~/a")).isEqualTo("file:///workspace/~/a");
        assertThat(GuestPath.parse("file:///workspace/~/a")).isEqualTo("/workspace/~/a");
    }

    @Test
    void aNameThatIsNoTextIsAUri() {
        String path = "n\uDCFF/100% é";
        assertThat(GuestPath.asArgument(path)).isEqualTo("file:///workspace/n%FF/100%25%20%C3%A9");
        assertThat(GuestPath.readable(path)).isEqualTo("n?/100% é".replace('?', '\uFFFD'));
        assertThat(GuestPath.parse("file:///workspace/n%ff/100%25%20%C3%A9"))
                .isEqualTo("/workspace/" + path);
    }

    @Test
    void inALineWhatCannotBeSeenIsAUriToo() {
        assertThat(GuestPath.inLine("/a\nb")).isEqualTo("file:///a%0Ab");
        assertThat(GuestPath.inLine("/a\u001B[31m")).isEqualTo("file:///a%1B%5B31m");
        assertThat(GuestPath.inLine("/a\u202Etxt.exe")).isEqualTo("file:///a%E2%80%AEtxt.exe");
        assertThat(GuestPath.inLine("/a\uFFFD")).isEqualTo("file:///a%EF%BF%BD");
        assertThat(GuestPath.asArgument("/a\nb")).isEqualTo("/a\nb");
    }

    @Test
    void anyHostButThisIsRefused() {
        assertThat(GuestPath.parse("file://localhost/a")).isEqualTo("/a");
        assertThatIllegalArgumentException().isThrownBy(() -> GuestPath.parse("file://other/a"));
        assertThatIllegalArgumentException().isThrownBy(() -> GuestPath.parse("file://a"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"file:///a%", "file:///a%4", "file:///a%zz", "file:///%-1"})
    void aBrokenEscapeIsRefused(String uri) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GuestPath.parse(uri))
                .withMessageContaining("two hexadecimal digits");
    }

    @Test
    void anyNameComesBackFromItsUri() {
        SeededCases.check(
                2000,
                values -> {
                    byte[] name = values.bytes(30);
                    if (name.length > 0) {
                        assertComesBack("/" + PathBytes.decode(name, 0, name.length));
                    }
                });
    }

    /**
     * The path of any argument can be written as an argument again, including the form for a line.
     */
    @FuzzTest
    void anyArgumentIsAPathOrRefused(byte[] argument) {
        String path;
        try {
            path = GuestPath.parse(PathBytes.decode(argument, 0, argument.length));
        } catch (IllegalArgumentException e) {
            assertThat(e.getMessage()).startsWith("a ");
            return;
        }
        if (path.startsWith("/")) {
            assertComesBack(path);
        }
    }

    private static void assertComesBack(String path) {
        assertThat(GuestPath.uri(path)).matches("file:///[A-Za-z0-9._~/%-]*");
        assertThat(GuestPath.parse(GuestPath.uri(path))).isEqualTo(path);
        assertThat(GuestPath.parse(GuestPath.asArgument(path))).isEqualTo(path);
        assertThat(GuestPath.parse(GuestPath.inLine(path))).isEqualTo(path);
    }
}
