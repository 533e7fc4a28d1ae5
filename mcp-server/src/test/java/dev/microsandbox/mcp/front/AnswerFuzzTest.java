package dev.microsandbox.mcp.front;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.microsandbox.mcp.SeededCases;
import dev.microsandbox.mcp.front.ResponseHead.Framing;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Whatever a worker sends is an answer or refused, however it is cut into pieces on the way, and
 * what passes to the client is well-formed.
 */
class AnswerFuzzTest {

    private static final int CASES = 3000;

    private static final String[] PIECES = {
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 204 X\r\n",
        "HTTP/1.1 ",
        "503 ",
        "Content-Type: application/json\r\n",
        "Content-Type: text/event-stream; charset=utf-8\r\n",
        "Content-Length: 5\r\n",
        "Content-Length: ",
        "Transfer-Encoding: chunked\r\n",
        "Mcp-Session-Id: a\r\n",
        "Retry-After: 1\r\n",
        "Set-Cookie: a=b\r\n",
        "Connection: close\r\n",
        "Msb-Request: 1\r\n",
        "\r\n",
        "\r",
        "\n",
        ":",
        " ",
        "\0",
        "\u00ff",
        "5\r\nhello\r\n",
        "0\r\n\r\n",
        "5;a\r\n",
        "FFFFFFFF\r\n",
        "hello"
    };

    private final ConnectionPool pool = new ConnectionPool(FrontFixture.TIMES);

    @AfterEach
    void close() {
        pool.close();
    }

    @Test
    void answersOfPieces() {
        SeededCases.check(
                CASES,
                values -> {
                    StringBuilder text =
                            new StringBuilder(
                                    values.random().nextBoolean()
                                            ? PIECES[0] + values.oneOf(PIECES[4], PIECES[5])
                                            : "");
                    for (int left = values.between(0, 12); left > 0; left--) {
                        text.append(values.oneOf(PIECES));
                    }
                    check(text.toString().getBytes(StandardCharsets.ISO_8859_1));
                });
    }

    @FuzzTest
    void anyAnswerIsOneOrRefused(byte[] answer) throws Exception {
        check(answer);
    }

    private void check(byte[] answer) throws Exception {
        String whole = outcome(answer, Integer.MAX_VALUE);
        assertThat(outcome(answer, 1)).isEqualTo(whole);
        assertThat(outcome(answer, 3)).isEqualTo(whole);
    }

    /** What the client would get, or why it gets nothing. */
    private String outcome(byte[] answer, int atOnce) throws Exception {
        var channel = new MemoryChannel(answer, atOnce);
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        String head = "";
        try (WorkerConnection connection = pool.fresh(channel)) {
            ResponseHead parsed = ResponseHead.parse(connection.readHead(FrontFixture.TIMES));
            PassedHead passed = PassedHead.of(parsed);
            checkHead(passed);
            head = passed.toString();
            AnswerBody bytes = AnswerBody.of(parsed, connection);
            for (ByteBuffer next = bytes.next(); next != null; next = bytes.next()) {
                assertThat(next.remaining()).isPositive();
                body.write(next.array(), next.arrayOffset() + next.position(), next.remaining());
            }
            if (parsed.framing() != Framing.CHUNKED && parsed.framing() != Framing.UNTIL_CLOSE) {
                assertThat(body.size()).isEqualTo(parsed.length());
            }
            return head + HexFormat.of().formatHex(body.toByteArray()) + connection.isSpoilt();
        } catch (WorkerException e) {
            return head + HexFormat.of().formatHex(body.toByteArray()) + e.getMessage();
        }
    }

    private static void checkHead(PassedHead head) {
        assertThat(head.status()).isBetween(200, 599);
        assertThat(head.fields())
                .allSatisfy(
                        field -> {
                            assertThat(field.name()).matches("allow|retry-after|mcp-.*");
                            assertThat(field.value()).doesNotContain("\r", "\n", "\0");
                        });
    }
}
