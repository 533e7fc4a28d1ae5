package dev.microsandbox.mcp.front;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microsandbox.mcp.front.RequestHead.Framing;
import dev.microsandbox.mcp.front.RequestHead.RefusedException;
import dev.microsandbox.mcp.front.RequestHead.Target;
import dev.microsandbox.mcp.transport.Caller;
import io.helidon.http.HeaderNames;
import io.helidon.http.WritableHeaders;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestHeadTest {

    private static final Caller CALLER = new Caller("team", "abcd1234");
    private static final Target POST = new Target("POST", "/mcp", "");

    private final WritableHeaders<?> headers = WritableHeaders.create();

    private void add(String name, String value) {
        headers.add(HeaderNames.create(name), value);
    }

    private RequestHead head(Target target) throws RefusedException {
        return RequestHead.of(target, headers, CALLER, "10.0.0.1", false);
    }

    private static String text(RequestHead head) {
        return new String(head.bytes(), StandardCharsets.ISO_8859_1);
    }

    @Test
    void saysWhoTheCallerIs() throws Exception {
        RequestHead head =
                RequestHead.of(new Target("GET", "/mcp", ""), headers, CALLER, "10.0.0.1", true);
        assertThat(text(head))
                .isEqualTo(
                        """
                        GET /mcp HTTP/1.1\r
                        Host: localhost\r
                        Msb-Namespace: team\r
                        Msb-Key: abcd1234\r
                        Msb-Peer: 10.0.0.1\r
                        Msb-Held: 1\r
                        \r
                        """);
        assertThat(head.body()).isEqualTo(Framing.NONE);
        assertThat(text(RequestHead.of(POST, headers, new Caller("default", null), "p", false)))
                .doesNotContain("Msb-Key", "Msb-Held");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Authorization",
                "X-API-Key",
                "Cookie",
                "Origin",
                "Sec-Fetch-Site",
                "X-Forwarded-For",
                "X-Forwarded-Host",
                "Forwarded",
                "Proxy-Authorization",
                "Expect",
                "TE",
                "Upgrade",
                "Keep-Alive",
                "Trailer",
                "Via",
                "Msb-Namespace",
                "Msb-Key",
                "MSB-PEER",
                "msb-held",
                "Msb-Request",
                "Msb-New",
                "Cf-Access-Jwt",
                "X-HTTP-Method-Override",
                "Range"
            })
    void doesNotPass(String name) throws Exception {
        add(name, "secret");
        assertThat(text(head(POST))).doesNotContain("secret");
    }

    @Test
    void passesWhatMcpUses() throws Exception {
        add("Accept", "a/b");
        add("Accept", "c/d;q=0.1");
        add("MCP-Protocol-Version", "2025-11-25");
        add("Mcp-Session-Id", "s");
        add("Mcp-Param-X", "\u00e4\u00ff\t");
        add("Last-Event-ID", "");
        assertThat(text(head(POST)))
                .contains("Accept: a/b\r\nAccept: c/d;q=0.1\r\n")
                .contains("MCP-Protocol-Version: 2025-11-25\r\n")
                .contains("Mcp-Session-Id: s\r\n")
                .contains("Mcp-Param-X: \u00e4\u00ff\t\r\n")
                .contains("Last-Event-ID: \r\n");
    }

    @Test
    void doesNotPassWhatIsForTheNextHop() throws Exception {
        add("Connection", "keep-alive, MCP-SESSION-ID ,accept");
        add("Mcp-Session-Id", "s");
        add("Accept", "a/b");
        add("Mcp-Other", "x");
        assertThat(text(head(POST)))
                .doesNotContain("Session", "Accept", "Connection")
                .contains("Mcp-Other: x");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a\rb",
                "a\nb",
                "a\r\nMsb-Namespace: x",
                "a\0",
                "\u007f",
                "\u0100",
                "\ud83d\ude00"
            })
    void refusesAValue(String value) {
        add("X-Other", value);
        assertThatThrownBy(() -> head(POST))
                .isInstanceOfSatisfying(
                        RefusedException.class, e -> assertThat(e.status().code()).isEqualTo(400));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "a\r\n", "a\u00e4", "a#b", "\0"})
    void refusesAQuery(String query) {
        assertThatThrownBy(() -> head(new Target("POST", "/messages", query)))
                .isInstanceOf(RefusedException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "Content-Length, 12, LENGTH, 12",
        "Content-Length, 0, LENGTH, 0",
        "X, y, LENGTH, 0",
        "Transfer-Encoding, chunked, CHUNKED, 0",
        "Transfer-Encoding, Chunked, CHUNKED, 0"
    })
    void knowsTheBody(String name, String value, Framing framing, long length) throws Exception {
        add(name, value);
        RequestHead head = head(POST);
        assertThat(head.body()).isEqualTo(framing);
        assertThat(head.length()).isEqualTo(length);
        assertThat(text(head))
                .contains(
                        framing == Framing.CHUNKED
                                ? "Transfer-Encoding: chunked\r\n"
                                : "Content-Length: " + length + "\r\n");
    }

    @ParameterizedTest
    @CsvSource({
        "Content-Length, 1, Content-Length, 1",
        "Content-Length, 1, Content-Length, 2",
        "Content-Length, '1, 1', X, y",
        "Content-Length, +1, X, y",
        "Content-Length, -1, X, y",
        "Content-Length, '', X, y",
        "Content-Length, 9999999999999999999, X, y",
        "Content-Length, 1, Transfer-Encoding, chunked",
        "Transfer-Encoding, chunked, Transfer-Encoding, chunked",
        "Transfer-Encoding, 'gzip, chunked', X, y",
        "Transfer-Encoding, 'chunked, chunked', X, y",
        "Transfer-Encoding, identity, X, y",
        "Transfer-Encoding, '', X, y"
    })
    void refusesABodyThatMayEndInTwoPlaces(
            String name, String value, String other, String otherValue) {
        add(name, value);
        add(other, otherValue);
        assertThatThrownBy(() -> head(POST)).isInstanceOf(RefusedException.class);
    }

    @Test
    void refusesALongHead() throws Exception {
        add("Mcp-Param-X", "x".repeat(RequestHead.MAX_BYTES - 200));
        assertThat(head(POST).bytes().length).isLessThanOrEqualTo(RequestHead.MAX_BYTES);
        add("Mcp-Param-Y", "x".repeat(200));
        assertThatThrownBy(() -> head(POST))
                .isInstanceOfSatisfying(
                        RefusedException.class, e -> assertThat(e.status().code()).isEqualTo(431));
    }
}
