package dev.microsandbox.mcp.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.security.SecureRandom;
import java.util.HashSet;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
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

    @Property
    void aChangedCharacterIsRecognised(
            @ForAll @IntRange(min = 4, max = 50) int position,
            @ForAll @IntRange(min = 1, max = 61) int step) {
        String alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        StringBuilder text = new StringBuilder(KeyToken.random(RANDOM).text());
        int old = alphabet.indexOf(text.charAt(position));
        // The underscore after the id is in no alphabet; any letter there is wrong.
        text.setCharAt(position, alphabet.charAt((Math.max(old, 0) + step) % alphabet.length()));
        assertThatIllegalArgumentException().isThrownBy(() -> KeyToken.parse(text.toString()));
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
