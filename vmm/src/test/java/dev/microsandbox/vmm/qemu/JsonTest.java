package dev.microsandbox.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.microsandbox.vmm.SeededCases;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {

    @Test
    void readsWhatQemuAnswers() throws Exception {
        assertThat(
                        Json.object(
                                """
                                {"return": {"status": "completed", "ram": {"total": -1.5e3}, \
                                "blocked": false, "blockers": [ ], "more": ["a", {}, null]}}\r"""))
                .isEqualTo(
                        Map.of(
                                "return",
                                Map.of(
                                        "status", "completed",
                                        "ram", Map.of("total", "-1.5e3"),
                                        "blocked", "false",
                                        "blockers", List.of(),
                                        "more", List.of("a", Map.of(), "null"))));
    }

    @Test
    void readsEscapes() throws Exception {
        assertThat(Json.object("{\"a\": \"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e4\"}"))
                .isEqualTo(Map.of("a", "\"\\/\b\f\n\r\tä"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{",
                "{}x",
                "{\"a\"}",
                "{\"a\":}",
                "{\"a\": 1,}",
                "{\"a\": \"",
                "{a: 1}",
                "{\"a\": [1}",
                "{\"a\": \"\\",
                "{\"a\": \"\\u12\"}",
                "{\"a\": \"\\uzzzz\"}",
                "{\"a\": A}"
            })
    void refusesWhatIsNoObject(String text) {
        assertThatExceptionOfType(ParseException.class).isThrownBy(() -> Json.object(text));
    }

    @Test
    void depthIsBounded() {
        assertThatExceptionOfType(ParseException.class)
                .isThrownBy(() -> Json.object("{\"a\":" + "[".repeat(100_000)));
    }

    @Test
    void membersThatAreMissingOrOfAnotherKindAreNone() throws Exception {
        Map<String, Object> object = Json.object("{\"a\": [1]}");
        assertThat(Json.member(object, "a")).isEmpty();
        assertThat(Json.text(object, "a")).isNull();
        assertThat(Json.text(object, "b")).isNull();
    }

    @Test
    void quotedTextIsReadAgain() {
        SeededCases.check(
                1000,
                values -> {
                    String text = values.text(60);
                    assertThat(Json.object("{" + Json.quote(text) + ":" + Json.quote(text) + "}"))
                            .isEqualTo(Map.of(text, text));
                });
    }

    @Test
    void nearlyJsonIsAnObjectOrRefused() {
        SeededCases.check(
                5000,
                values -> assertReadOrRefused("{\"" + values.text("{}[]\",:\\u0a1-x \n", 40)));
    }

    @FuzzTest
    void anythingIsAnObjectOrRefused(byte[] text) {
        assertReadOrRefused(new String(text, StandardCharsets.UTF_8));
    }

    private static void assertReadOrRefused(String text) {
        try {
            assertThat(Json.object(text)).isNotNull();
        } catch (ParseException e) {
            assertThat(e).hasMessageStartingWith("no JSON");
        }
    }
}
