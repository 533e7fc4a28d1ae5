package dev.microsandbox.mcp.transport.stdio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.log.LogWatch;
import dev.microsandbox.mcp.transport.HostileMessages;
import dev.microsandbox.mcp.transport.Messages;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Nothing that a message holds ends the stdio server or prints a stack trace. */
@Timeout(60)
class StdioHostileMessagesTest {

    private static final int MARK = 700_000;

    @Test
    void noMessageEndsTheServer() throws Exception {
        List<String> failures = new ArrayList<>();
        try (LogWatch log = new LogWatch();
                StdioFixture client = new StdioFixture()) {
            client.initialize();
            int mark = MARK;
            for (Map.Entry<String, byte[]> message : HostileMessages.all().entrySet()) {
                client.send(message.getValue());
                client.send(new byte[] {'\n'});
                client.send(Messages.call(++mark, "echo", Map.of("text", "still here")));
                if (!answersMark(client, mark)) {
                    failures.add(message.getKey() + ": no answer after it");
                    break;
                }
                if (!log.traces.isEmpty()) {
                    failures.add(
                            message.getKey() + ": " + log.traces.getFirst().lines().findFirst());
                    log.traces.clear();
                }
            }
            assertThat(failures).isEmpty();
            assertThat(log.lines).allSatisfy(line -> assertThat(line).hasSizeLessThan(20_000));
        }
    }

    private static boolean answersMark(StdioFixture client, int mark) throws InterruptedException {
        try {
            while (true) {
                JsonNode answer = client.next();
                if (answer.path("id").isInt() && answer.path("id").asInt() == mark) {
                    return Messages.text(answer).equals("still here");
                }
            }
        } catch (AssertionError e) {
            return false;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"stack", "assertion", "linkage", "memory", "io"})
    void anErrorOfOneRequestIsItsAnswer(String error) throws Exception {
        try (LogWatch log = new LogWatch();
                StdioFixture client = new StdioFixture()) {
            client.initialize();
            client.send(Messages.call(1, "throw-error", Map.of("error", error)));
            JsonNode answer = client.next();
            assertThat(answer.at("/error/code").asInt()).isEqualTo(-32603);
            assertThat(answer.toString()).doesNotContain("SECRET", "Secret", "\\tat ");
            assertThat(client.answersEcho(2)).isTrue();
            assertThat(log.traces).isEmpty();
        }
    }

    @Test
    void anIdThatMcpForbidsIsAnInvalidRequest() throws Exception {
        try (StdioFixture client = new StdioFixture()) {
            client.initialize();
            for (String id : HostileMessages.forbiddenIds()) {
                client.send("{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"ping\"}");
                JsonNode answer = client.next();
                assertThat(answer.at("/error/code").asInt()).as(id).isEqualTo(-32600);
                assertThat(answer.get("id").isNull()).as(id).isTrue();
            }
        }
    }
}
