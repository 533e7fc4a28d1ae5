package dev.microsandbox.mcp.transport;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.microsandbox.mcp.SeededCases;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class StdioFuzzTest {

    /** The ids of the calls that show that a session goes on. */
    private static final AtomicInteger MARKS = new AtomicInteger(424_242);

    private static final String[] METHODS = {
        "ping",
        "tools/call",
        "tools/list",
        "initialize",
        "completion/complete",
        "resources/read",
        "no/such"
    };

    private static final String[] PIECES = {
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"jsonrpc\":\"2.0\"",
        "\"id\":",
        "\"method\":",
        "\"params\":{",
        "\"result\":{}",
        "\"error\":{\"code\":1,\"message\":\"m\"}",
        "\"ping\"",
        "\"tools/call\"",
        "\"tools/list\"",
        "\"notifications/cancelled\"",
        "\"notifications/initialized\"",
        "\"logging/setLevel\"",
        "\"name\":\"echo\"",
        "\"requestId\":1",
        "1",
        "-1e999",
        "null",
        "\"\\ud800\""
    };

    /** Cases that one session is given, one after the other. */
    private static final int SESSION = 50;

    @Test
    void randomBytesNeverEndTheSession() throws Exception {
        neverEndTheSession(values -> List.of(values.bytes(255)));
    }

    @Test
    void randomMessagesNeverEndTheSession() throws Exception {
        neverEndTheSession(StdioFuzzTest::messages);
    }

    @FuzzTest
    void anyInputNeverEndsTheSession(byte[] noise) throws Exception {
        try (StdioFixture client = new StdioFixture()) {
            client.initialize();
            survives(client, List.of(noise));
        }
    }

    private static void neverEndTheSession(Function<SeededCases.Values, List<byte[]>> lines)
            throws Exception {
        StdioFixture[] client = {started()};
        int[] cases = {0};
        try {
            SeededCases.check(
                    1000,
                    values -> {
                        if (++cases[0] % SESSION == 0) {
                            client[0].close();
                            client[0] = started();
                        }
                        survives(client[0], lines.apply(values));
                    });
        } finally {
            client[0].close();
        }
    }

    private static StdioFixture started() throws Exception {
        StdioFixture client = new StdioFixture();
        client.initialize();
        return client;
    }

    private static void survives(StdioFixture client, List<byte[]> lines) throws Exception {
        for (byte[] line : lines) {
            client.send(line);
            client.send(new byte[] {'\n'});
        }
        int mark = MARKS.incrementAndGet();
        client.send(Messages.call(mark, "echo", Map.of("text", "still here")));
        JsonNode answer;
        do {
            answer = client.next();
        } while (answer.path("id").asInt(0) != mark);
        assertThat(Messages.text(answer)).isEqualTo("still here");
    }

    /** Things that look like messages: pieces of real ones, put together at random. */
    private static List<byte[]> messages(SeededCases.Values values) {
        List<byte[]> messages = new ArrayList<>();
        for (int left = values.between(0, 10); left > 0; left--) {
            String text = pieces(values);
            String line =
                    values.random().nextBoolean()
                            ? text
                            : "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":{%s}}"
                                    .formatted(values.oneOf(METHODS), text);
            messages.add(line.getBytes(StandardCharsets.UTF_8));
        }
        return messages;
    }

    private static String pieces(SeededCases.Values values) {
        StringBuilder text = new StringBuilder();
        for (int left = values.between(0, 12); left > 0; left--) {
            text.append(values.oneOf(PIECES));
        }
        return text.toString();
    }
}
