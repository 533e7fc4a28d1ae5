package dev.microsandbox.mcp.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostTextTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "cannot open /root/.microsandbox/x.ext4: gone | cannot open (a path of the server): gone",
                "'/srv/a','/srv/b' | '(a path of the server)','(a path of the server)'",
                "file=/srv/a,size=1 | file=(a path of the server),size=1",
                "It is /srv/a. | It is (a path of the server).",
                "/srv/a:/srv/b | (a path of the server):(a path of the server)",
                "/srv/a -> /srv/b | (a path of the server) -> (a path of the server)",
                "/tmp/../etc/passwd | (a path of the server)",
                "/workspace/../etc | (a path of the server)",
                "/dev/kvm is not there | /dev/kvm is not there",
                "/workspace and /tmp are writable | /workspace and /tmp are writable",
                "1/2 and/or ~/.microsandbox, ./x | 1/2 and/or ~/.microsandbox, ./x",
                "java.nio.file.NoSuchFileException: /a/b | a file is missing: (a path of the server)",
                "AccessDeniedException | no permission",
                "dev.microsandbox.vmm.qemu.Qmp@1f2e broke | an object of the server broke",
                "dev.x.Y$Z failed: FooException | an object of the server failed: a failure inside the server",
                "The sandbox did not start. | The sandbox did not start."
            })
    void whatTellsOfThisMachineIsLeftOut(String text, String expected) {
        assertThat(HostText.withoutHost(text)).isEqualTo(expected);
    }

    /** A guest's console may end in such a line, which the error of its death quotes. */
    @ParameterizedTest
    @ValueSource(strings = {"a.", "a.b.C$d$e", "$a", "/", "_", "A", "a.a.Exception"})
    @Timeout(10)
    void noTextOverflowsTheStackOrTakesLong(String part) {
        String text = HostText.withoutHost("x.y.Z" + part.repeat(100_000));
        assertThat(text).hasSizeLessThan(100_000);
    }

    @Test
    void aLongTextIsBoundedAndHasNoControlCharacters() {
        String text = ClientText.of("a\u001b[2J\r\n\tb\u202e" + "x".repeat(100_000));
        assertThat(text).startsWith("a\\u001b[2J\\r\n\tb\\u202exxx").hasSizeLessThan(8100);
        assertThat(ClientText.of(null)).isEqualTo("null");
    }
}
