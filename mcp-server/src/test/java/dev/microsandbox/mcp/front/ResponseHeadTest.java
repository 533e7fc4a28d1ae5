package dev.microsandbox.mcp.front;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microsandbox.mcp.front.ResponseHead.Field;
import dev.microsandbox.mcp.front.ResponseHead.Framing;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResponseHeadTest {

    private static ResponseHead parse(String text) throws WorkerException {
        return ResponseHead.parse(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    @Test
    void readsStatusAndFields() throws Exception {
        ResponseHead head =
                parse(
                        "HTTP/1.1 503 Service \u00e4 Unavailable\r\n"
                                + "RETRY-after:\t5 \r\nx:\r\nX: a b\u00ff\r\n\r\n");
        assertThat(head.status()).isEqualTo(503);
        assertThat(head.fields())
                .containsExactly(
                        new Field("retry-after", "5"),
                        new Field("x", ""),
                        new Field("x", "a b\u00ff"));
        assertThat(head.only("retry-after")).hasValue("5");
        assertThat(head.only("y")).isEmpty();
        assertThatThrownBy(() -> head.only("x")).isInstanceOf(WorkerException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "200, Content-Length: 0, LENGTH, 0, true",
        "200, Content-Length: 017, LENGTH, 17, true",
        "200, content-length: 999999999999999999, LENGTH, 999999999999999999, true",
        "404, Transfer-Encoding: chunked, CHUNKED, 0, true",
        "200, A: b, UNTIL_CLOSE, 0, false",
        "204, A: b, NONE, 0, true",
        "204, Content-Length: 0, NONE, 0, true",
        "304, A: b, NONE, 0, true",
        "204, Connection: keep-alive, NONE, 0, true",
        "204, Connection: Close, NONE, 0, false",
        "204, 'Connection: keep-alive, close', NONE, 0, false"
    })
    void knowsWhereTheBodyEnds(
            int status, String field, Framing framing, long length, boolean keeps)
            throws Exception {
        ResponseHead head = parse("HTTP/1.1 " + status + " X\r\n" + field + "\r\n\r\n");
        assertThat(head.framing()).isEqualTo(framing);
        assertThat(head.length()).isEqualTo(length);
        assertThat(head.keepsConnection()).isEqualTo(keeps);
    }

    @Test
    void hasAtMostAHundredFields() throws Exception {
        assertThat(parse("HTTP/1.1 200 \r\n" + "a: b\r\n".repeat(100) + "\r\n").fields())
                .hasSize(100);
        assertThatThrownBy(() -> parse("HTTP/1.1 200 \r\n" + "a: b\r\n".repeat(101) + "\r\n"))
                .hasMessageContaining("too many");
    }
}
