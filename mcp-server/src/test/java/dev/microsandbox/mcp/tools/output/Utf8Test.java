package dev.microsandbox.mcp.tools.output;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Utf8Test {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a\0\u007f",
                "\u0080\u07ff",
                "\u0800\ud7ff\ue000\uffff",
                "\ud800\udc00\udbff\udfff",
                "\ud800",
                "\udc00",
                "x\ud800y",
                "\udc00\ud800",
                "\ud800\ud800\udc00"
            })
    void aTextsLengthIsThatOfItsEncoding(String text) {
        assertThat(Utf8.length(text)).isEqualTo(text.getBytes(UTF_8).length);
    }

    @Test
    void anyTextsLengthIsThatOfItsEncoding() {
        Random random = new Random(1);
        for (int i = 0; i < 10_000; i++) {
            char[] chars = new char[random.nextInt(20)];
            for (int at = 0; at < chars.length; at++) {
                // Surrogates are as frequent as other characters.
                chars[at] =
                        (char)
                                (random.nextBoolean()
                                        ? 0xd800 + random.nextInt(0x800)
                                        : random.nextInt(0x1_0000));
            }
            aTextsLengthIsThatOfItsEncoding(new String(chars));
        }
    }
}
