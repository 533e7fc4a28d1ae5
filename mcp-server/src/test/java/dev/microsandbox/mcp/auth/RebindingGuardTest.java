package dev.microsandbox.mcp.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RebindingGuardTest {

    private static final String LOOPBACK = "(localhost|127(\\.\\d{1,3}){3}|\\[::1])";

    private static final Pattern PASSING_ORIGIN =
            Pattern.compile(
                    "https?://"
                            + LOOPBACK
                            + "(:\\d*)?([/?#].*)?|https://app\\.example\\.com/?|http://tools\\.example:8080/?",
                    Pattern.DOTALL);

    /** An IP address passes, because no name was resolved. */
    private static final Pattern PASSING_HOST =
            Pattern.compile(
                    "(localhost|::1|(\\d{1,3}\\.){3}\\d{1,3}|\\[.*]|sandbox\\.example)(:[^:]*)?",
                    Pattern.DOTALL);

    private final RebindingGuard guard =
            new RebindingGuard(
                    Set.of("https://App.example.com", "http://tools.example:8080/"),
                    Set.of("sandbox.example"),
                    false);

    /** Headers of a page that is neither local nor known do not pass. */
    @FuzzTest
    void anyHeadersPassOnlyWhereTheyAreLocalOrKnown(byte[] header) {
        String text = new String(header, StandardCharsets.UTF_8);
        if (guard.allowsOrigin(text)) {
            assertThat(text.strip().toLowerCase(Locale.ROOT)).matches(PASSING_ORIGIN);
        }
        if (guard.allowsHost(text)) {
            assertThat(text.strip().toLowerCase(Locale.ROOT)).matches(PASSING_HOST);
        }
    }

    @Test
    void aPageThatSendsNoOriginIsKnownByItsSite() {
        assertThat(guard.allowsSite(null)).isTrue();
        assertThat(guard.allowsSite("none")).isTrue();
        assertThat(guard.allowsSite("same-origin")).isTrue();
        assertThat(guard.allowsSite("cross-site")).isFalse();
        assertThat(guard.allowsSite("same-site")).isFalse();
        assertThat(guard.allowsSite("")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://localhost",
                "http://localhost:6274",
                "https://127.0.0.1:5555",
                "http://[::1]:80",
                "https://app.example.com",
                "http://tools.example:8080"
            })
    void allowedOrigins(String origin) {
        assertThat(guard.allowsOrigin(origin)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "",
                "http://evil.example",
                "http://localhost.evil.example",
                "http://127.0.0.1.evil.example",
                "http://evil.example:5555",
                "http://app.example.com",
                "https://app.example.com:444",
                "http://localhost@evil.example",
                "http://evil.example/localhost",
                "file://localhost",
                "ht tp://localhost"
            })
    void refusedOrigins(String origin) {
        assertThat(guard.allowsOrigin(origin)).isFalse();
    }

    @Test
    void programsSendNoOrigin() {
        assertThat(guard.allowsOrigin(null)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "LOCALHOST:5555",
                "127.0.0.1:5555",
                "[::1]:5555",
                "[::1]",
                "10.1.2.3:80",
                "sandbox.example",
                "Sandbox.Example:5555"
            })
    void allowedHosts(String host) {
        assertThat(guard.allowsHost(host)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "evil.example:5555",
                "localhost.evil.example",
                "127.0.0.1.evil.example",
                "127.evil.example",
                "sandbox.example.evil",
                ""
            })
    void refusedHosts(String host) {
        assertThat(guard.allowsHost(host)).isFalse();
    }

    @Test
    void theHostMayBeLeftUnchecked() {
        assertThat(guard.allowsHost(null)).isFalse();
        RebindingGuard open = new RebindingGuard(Set.of(), Set.of(), true);
        assertThat(open.allowsHost("anything.example")).isTrue();
        assertThat(open.allowsHost(null)).isTrue();
        assertThat(open.allowsOrigin("http://anything.example")).isFalse();
    }
}
