package dev.microsandbox.mcp.transport.stdio;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.microsandbox.mcp.SeededCases;
import dev.microsandbox.mcp.transport.Messages;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class StdioFuzzTest {

    /** The first id of the calls that check whether the session still works. */
    private static final int MARK = 424_242;

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

    /** Number of cases in one session. */
    private static final int CASES = 20;

    private static final int SESSIONS = 50;

    @Test
    void randomBytesNeverEndTheSession() {
        neverEndTheSession(values -> List.of(values.bytes(255)));
    }

    @Test
    void randomMessagesNeverEndTheSession() {
        neverEndTheSession(StdioFuzzTest::messages);
    }

    @FuzzTest
    void anyInputNeverEndsTheSession(byte[] noise) throws Exception {
        survives(List.of(List.of(noise)));
    }

    private static void neverEndTheSession(Function<SeededCases.Values, List<byte[]>> lines) {
        SeededCases.check(
                SESSIONS,
                values -> {
                    List<List<byte[]>> cases = new ArrayList<>();
                    for (int i = 0; i < CASES; i++) {
                        cases.add(lines.apply(values));
                    }
                    survives(cases);
                });
    }

    /** After each case, a call follows; all these calls must be answered. */
    private static void survives(List<List<byte[]>> cases) throws Exception {
        try (StdioFixture client = new StdioFixture()) {
            client.initialize();
            Set<Integer> unanswered = new HashSet<>();
            for (int i = 0; i < cases.size(); i++) {
                for (byte[] line : cases.get(i)) {
                    client.send(line);
                    client.send(new byte[] {'\n'});
                }
                client.send(Messages.call(MARK + i, "echo", Map.of("text", "still here")));
                unanswered.add(MARK + i);
            }
            while (!unanswered.isEmpty()) {
                JsonNode answer = client.next();
                if (unanswered.remove(answer.path("id").asInt(0))) {
                    assertThat(Messages.text(answer)).isEqualTo("still here");
                }
            }
        }
    }

    /** Texts that resemble messages: pieces of real messages in random combination. */
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
