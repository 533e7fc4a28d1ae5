package dev.microsandbox.mcp.front;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microsandbox.mcp.front.WorkerException.Kind;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChunkedBodyTest {

    private final ConnectionPool pool = new ConnectionPool(FrontFixture.TIMES);

    @AfterEach
    void close() {
        pool.close();
    }

    private String read(String text, int atOnce) throws Exception {
        var channel = new MemoryChannel(text.getBytes(StandardCharsets.ISO_8859_1), atOnce);
        try (var connection = pool.fresh(channel)) {
            connection.eachWithin(FrontFixture.TIMES.silence());
            ChunkedBody body = new ChunkedBody(connection);
            StringBuilder data = new StringBuilder();
            for (ByteBuffer bytes = body.next(); bytes != null; bytes = body.next()) {
                assertThat(bytes.remaining()).isPositive();
                data.append(StandardCharsets.ISO_8859_1.decode(bytes));
            }
            assertThat(body.next()).isNull();
            return data + "|" + (connection.isSpoilt() ? "spoilt" : "clean");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 1000})
    void readsChunksHoweverTheyCome(int atOnce) throws Exception {
        assertThat(
                        read(
                                "1\r\na\r\n0000000A\r\n0123456789\r\n1f\r\n"
                                        + "x".repeat(31)
                                        + "\r\n0\r\n\r\n",
                                atOnce))
                .isEqualTo("a0123456789" + "x".repeat(31) + "|clean");
    }

    @Test
    void readsAnEmptyBody() throws Exception {
        assertThat(read("0\r\n\r\n", 100)).isEqualTo("|clean");
        assertThat(read("00000000\r\n\r\n", 100)).isEqualTo("|clean");
    }

    @Test
    void seesWhatFollows() throws Exception {
        assertThat(read("1\r\na\r\n0\r\n\r\nHTTP/1.1 200 OK", 100)).isEqualTo("a|spoilt");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "g\r\n",
                "\r\n",
                ";a\r\n",
                "1;a\r\n",
                "1 \r\n",
                " 1\r\n",
                "1\n",
                "1\r1",
                "-1\r\n",
                "000000001\r\n",
                "1\r\nab",
                "1\r\na\n",
                "1\r\na\r1",
                "0\r\nA: b\r\n\r\n",
                "0\r\n\n"
            })
    void refusesOtherChunks(String text) {
        assertThatThrownBy(() -> read(text, 100))
                .isInstanceOfSatisfying(
                        WorkerException.class, e -> assertThat(e.kind()).isEqualTo(Kind.INVALID));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1",
                "1\r",
                "1\r\n",
                "5\r\nabc",
                "1\r\na",
                "1\r\na\r",
                "1\r\na\r\n",
                "0\r\n",
                "0\r\n\r"
            })
    void noticesTheConnectionsEnd(String text) {
        assertThatThrownBy(() -> read(text, 100))
                .isInstanceOfSatisfying(
                        WorkerException.class, e -> assertThat(e.kind()).isEqualTo(Kind.ENDED));
    }
}
