package dev.microsandbox.mcp.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.microsandbox.mcp.SeededCases;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyTokenTest {

    private static final SecureRandom RANDOM = new SecureRandom();

    @Test
    void aNewTokenCanBeReadBack() {
        KeyToken token = KeyToken.random(RANDOM);
        assertThat(token.text()).startsWith("msb_" + token.id() + "_").hasSize(4 + 8 + 1 + 32 + 6);
        assertThat(KeyToken.parse(token.text())).isEqualTo(token);
    }

    @Test
    void tokensDiffer() {
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            seen.add(KeyToken.random(RANDOM).text());
        }
        assertThat(seen).hasSize(1000);
    }

    @Test
    void aChangedCharacterIsRecognised() {
        SeededCases.check(
                1000, values -> assertRecognised(values.between(4, 50), values.between(1, 61)));
    }

    private static void assertRecognised(int position, int step) {
        String alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        StringBuilder text = new StringBuilder(KeyToken.random(RANDOM).text());
        int old = alphabet.indexOf(text.charAt(position));
        // The underscore after the id is not part of the alphabet, so any letter there is invalid.
        text.setCharAt(position, alphabet.charAt((Math.max(old, 0) + step) % alphabet.length()));
        assertThatIllegalArgumentException().isThrownBy(() -> KeyToken.parse(text.toString()));
    }

    /** Whatever is accepted as a token is one, and its id is safe in a file name. */
    @FuzzTest
    void anyHeaderIsATokenOrRefused(byte[] header) {
        String text = new String(header, StandardCharsets.UTF_8);
        try {
            KeyToken token = KeyToken.parse(text);
            assertThat(token.text()).isEqualTo(text);
            assertThat(KeyToken.isId(token.id())).isTrue();
            assertThat(token.id()).matches("[2-9a-z]{8}");
        } catch (IllegalArgumentException e) {
            assertThat(e.getMessage()).startsWith("it");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "msb_",
                "sk-ant-0000",
                "msb_../../etc_00000000000000000000000000000000000000",
                "msb_abcdefgh_0000000000000000000000000000000000000",
                "msb_abcdefgh_00000000000000000000000000000000000000\n"
            })
    void otherTextIsNoToken(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> KeyToken.parse(text));
    }

    @Test
    void theTextIsNotPrinted() {
        KeyToken token = KeyToken.random(RANDOM);
        assertThat(token.toString()).contains(token.id()).doesNotContain(token.text());
    }
}
