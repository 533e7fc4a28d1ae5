package dev.microsandbox.mcp.transport.stdio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.microsandbox.mcp.transport.Messages;
import dev.microsandbox.mcp.transport.RunningCalls;
import io.modelcontextprotocol.json.McpJsonDefaults;
import java.io.ByteArrayInputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

@Timeout(60)
class StdioTransportTest {

    @Test
    void aClientIsServed() throws Exception {
        try (StdioFixture client = new StdioFixture()) {
            client.send(Messages.initialize(1));
            JsonNode answer = client.next();
            assertThat(answer.at("/result/protocolVersion").asString()).isEqualTo("2025-11-25");
            client.send(Messages.INITIALIZED);
            assertThat(client.answersEcho(2)).isTrue();
        }
    }

    @Test
    void theNamespaceIsTheDefault() throws Exception {
        try (StdioFixture client = new StdioFixture()) {
            client.initialize();
            client.send(Messages.call(1, "whoami", Map.of()));
            assertThat(Messages.text(client.next())).startsWith("default ");
        }
    }

    static Stream<Arguments> badInput() {
        String tooLong = "x".repeat(StdioFixture.MAX_MESSAGE + 1);
        return Stream.of(
                Arguments.of("no JSON", "{nonsense", -32700, "null"),
                Arguments.of("cut JSON", "{\"jsonrpc\":\"2.0\"", -32700, "null"),
                Arguments.of("invalid UTF-8", "{\"jsonrpc\":\"\u00ff\"}", -32700, "null"),
                Arguments.of("a NUL byte", "\u0000", -32700, "null"),
                Arguments.of("two values", "{} {}", -32700, "null"),
                Arguments.of("deep nesting", "[".repeat(10_000), -32700, "null"),
                Arguments.of("a number", "42", -32600, "null"),
                Arguments.of("a string", "\"hello\"", -32600, "null"),
                Arguments.of("null", "null", -32600, "null"),
                Arguments.of("a batch", "[{\"jsonrpc\":\"2.0\",\"id\":1}]", -32600, "null"),
                Arguments.of("an empty object", "{}", -32600, "null"),
                Arguments.of("no version", "{\"id\":7,\"method\":\"ping\"}", -32600, "7"),
                Arguments.of(
                        "an old version",
                        "{\"jsonrpc\":\"1.0\",\"id\":7,\"method\":\"ping\"}",
                        -32600,
                        "7"),
                Arguments.of("no method", "{\"jsonrpc\":\"2.0\",\"id\":\"a\"}", -32600, "\"a\""),
                Arguments.of(
                        "a method that is no string",
                        "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":1}",
                        -32600,
                        "7"),
                Arguments.of(
                        "params that are no object",
                        "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\",\"params\":[1]}",
                        -32600,
                        "7"),
                Arguments.of(
                        "a null id",
                        "{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"ping\"}",
                        -32600,
                        "null"),
                Arguments.of(
                        "an id that is an object",
                        "{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"ping\"}",
                        -32600,
                        "null"),
                Arguments.of(
                        "a result without id",
                        "{\"jsonrpc\":\"2.0\",\"result\":{}}",
                        -32600,
                        "null"),
                Arguments.of(
                        "an error that is none",
                        "{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":\"bad\"}",
                        -32600,
                        "7"),
                Arguments.of("a line too long", tooLong, -32600, "null"),
                Arguments.of(
                        "an unknown method",
                        "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"no/such\"}",
                        -32601,
                        "7"),
                Arguments.of(
                        "an unknown tool",
                        "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/call\",\"params\":{\"name\":\"nope\"}}",
                        -32602,
                        "7"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badInput")
    void badInputIsAnsweredAndTheSessionGoesOn(String what, String line, int code, String id)
            throws Exception {
        try (StdioFixture client = new StdioFixture()) {
            client.initialize();
            // Latin-1, so that a character of the table can be a byte that is not UTF-8.
            client.send((line + "\n").getBytes(StandardCharsets.ISO_8859_1));
            JsonNode answer = client.next();
            assertThat(answer.at("/error/code").asInt()).as(answer.toString()).isEqualTo(code);
            assertThat(answer.at("/error/message").asString()).isNotBlank().doesNotContain("\n");
            assertThat(answer.get("id").toString()).isEqualTo(id);
            assertThat(client.answersEcho(99)).isTrue();
        }
    }

    @Test
    void blankLinesAndLinesFromWindowsAreFine() throws Exception {
        try (StdioFixture client = new StdioFixture()) {
            client.initialize();
            client.send("\n \t\r\n\r\n" + Messages.call(1, "echo", Map.of("text", "a")) + "\r");
            assertThat(Messages.text(client.next())).isEqualTo("a");
        }
    }

    @Test
    void unknownNotificationsAreIgnored() throws Exception {
        try (StdioFixture client = new StdioFixture()) {
            client.initialize();
            client.send("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/no-such\"}");
            client.send("{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"result\":{}}");
            client.send(Messages.cancel(12345));
            client.send("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\"}");
            assertThat(client.answersEcho(1)).isTrue();
        }
    }

    @Test
    void aToolsErrorIsAnAnswer() throws Exception {
        try (StdioFixture client = new StdioFixture()) {
            client.initialize();
            client.send(Messages.call(1, "throw", Map.of()));
            JsonNode answer = client.next();
            assertThat(answer.get("id").asInt()).isEqualTo(1);
            assertThat(answer.toString()).contains("a tool's own error").doesNotContain("\\tat ");
        }
    }

    @Test
    void anAnswerThatCannotBeWrittenIsAnError() throws Exception {
        try (StdioFixture client = new StdioFixture()) {
            client.initialize();
            client.send(Messages.call(1, "unwritable", Map.of()));
            JsonNode answer = client.next();
            assertThat(answer.at("/error/code").asInt()).as(answer.toString()).isEqualTo(-32603);
            assertThat(client.answersEcho(2)).isTrue();
        }
    }

    @Test
    void requestsBeforeInitializeAreRefused() throws Exception {
        try (StdioFixture client = new StdioFixture()) {
            client.send(Messages.request(1, "ping", Map.of()));
            assertThat(client.next().get("result").isObject()).isTrue();
            client.send(Messages.request(2, "tools/list", Map.of()));
            JsonNode answer = client.next();
            assertThat(answer.at("/error/code").asInt()).isEqualTo(-32600);
            assertThat(answer.at("/error/message").asString()).contains("initialize");
            client.initialize();
            assertThat(client.answersEcho(3)).isTrue();
        }
    }

    @Test
    void aBadInitializeCanBeTriedAgain() throws Exception {
        try (StdioFixture client = new StdioFixture()) {
            client.send("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\"}");
            assertThat(client.next().at("/error/code").asInt()).isEqualTo(-32602);
            client.send(
                    "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"initialize\",\"params\":{\"protocolVersion\":[]}}");
            assertThat(client.next().at("/error/code").asInt()).isEqualTo(-32602);
            client.send(Messages.request(3, "tools/list", Map.of()));
            assertThat(client.next().at("/error/message").asString()).contains("initialize");
            client.initialize();
            assertThat(client.answersEcho(4)).isTrue();
        }
    }

    @Test
    void aClientThatForgetsTheInitializedNotificationIsServed() throws Exception {
        try (StdioFixture client = new StdioFixture()) {
            client.send(Messages.initialize(1));
            client.next();
            assertThat(client.answersEcho(2)).isTrue();
            client.send(Messages.INITIALIZED);
            assertThat(client.answersEcho(3)).isTrue();
        }
    }

    @Test
    void aSlowCallHoldsUpNobody() throws Exception {
        try (StdioFixture client = new StdioFixture()) {
            client.initialize();
            client.send(Messages.call(1, "wait", Map.of()));
            assertThat(client.tools.nextEvent()).isEqualTo("started");
            client.send(Messages.request(2, "ping", Map.of()));
            assertThat(client.next().get("id").asInt()).isEqualTo(2);
            assertThat(client.answersEcho(3)).isTrue();
            client.tools.release.countDown();
            assertThat(Messages.text(client.next())).isEqualTo("finished");
        }
    }

    @Test
    void manyCallsAtOnceAreAllAnsweredOnceAndNeverMixed() throws Exception {
        try (StdioFixture client = new StdioFixture()) {
            client.initialize();
            int count = 100;
            for (int id = 1; id <= count; id++) {
                client.send(Messages.call(id, "echo", Map.of("text", id + "-" + "y".repeat(5000))));
            }
            Set<Integer> ids = new HashSet<>();
            for (int i = 0; i < count; i++) {
                JsonNode answer = client.next();
                int id = answer.get("id").asInt();
                assertThat(Messages.text(answer)).startsWith(id + "-y");
                ids.add(id);
            }
            assertThat(ids).hasSize(count);
        }
    }

    @Test
    void moreCallsThanAllowedAreRefused() throws Exception {
        try (StdioFixture client = new StdioFixture()) {
            client.initialize();
            for (int id = 1; id <= RunningCalls.MAX_CALLS; id++) {
                client.send(Messages.call(id, "wait", Map.of()));
                client.tools.nextEvent();
            }
            client.send(Messages.call(1000, "echo", Map.of("text", "a")));
            JsonNode answer = client.next();
            assertThat(answer.get("id").asInt()).isEqualTo(1000);
            assertThat(answer.at("/error/message").asString()).contains("Try again later");
        }
    }

    @Test
    void anIdThatIsInUseIsRefused() throws Exception {
        try (StdioFixture client = new StdioFixture()) {
            client.initialize();
            client.send(Messages.call(1, "wait", Map.of()));
            client.tools.nextEvent();
            client.send(Messages.call(1, "echo", Map.of("text", "a")));
            assertThat(client.next().at("/error/code").asInt()).isEqualTo(-32600);
            client.tools.release.countDown();
            assertThat(Messages.text(client.next())).isEqualTo("finished");
            assertThat(client.answersEcho(1)).isTrue();
        }
    }

    @Test
    void cancellingInterruptsTheToolAndDropsItsAnswer() throws Exception {
        try (StdioFixture client = new StdioFixture()) {
            client.initialize();
            client.send(Messages.call(1, "wait", Map.of()));
            assertThat(client.tools.nextEvent()).isEqualTo("started");
            client.send(Messages.cancel(1));
            assertThat(client.tools.nextEvent()).isEqualTo("interrupted");
            assertThat(client.staysQuiet()).isTrue();
            assertThat(client.answersEcho(2)).isTrue();
        }
    }

    @Test
    void cancellingInterruptsAToolThatWaitsForTheClient() throws Exception {
        try (StdioFixture client = new StdioFixture()) {
            client.initialize();
            client.send(Messages.call(1, "elicit", Map.of()));
            assertThat(client.next().get("method").asString()).isEqualTo("elicitation/create");
            client.send(Messages.cancel(1));
            assertThat(client.staysQuiet()).isTrue();
            assertThat(client.answersEcho(1)).isTrue();
        }
    }

    @Test
    void theClientsAnswersReachTheTool() throws Exception {
        try (StdioFixture client = new StdioFixture()) {
            client.initialize();
            client.send(Messages.call(1, "elicit", Map.of()));
            String id = client.next().get("id").asString();
            client.send(Messages.result(id, Map.of("action", "decline")));
            assertThat(Messages.text(client.next())).isEqualToIgnoringCase("decline");
        }
    }

    @Test
    void runningCallsFinishAfterTheEndOfInput() throws Exception {
        try (StdioFixture client = new StdioFixture()) {
            client.initialize();
            client.send(Messages.call(1, "wait", Map.of()));
            client.tools.nextEvent();
            client.endInput();
            assertThat(client.staysQuiet()).isTrue();
            client.tools.release.countDown();
            assertThat(Messages.text(client.next())).isEqualTo("finished");
            assertThat(client.serverReturns()).isTrue();
            assertThat(client.ended).hasSize(1);
        }
    }

    @Test
    void aLastLineWithoutEndCounts() throws Exception {
        try (StdioFixture client = new StdioFixture()) {
            client.initialize();
            client.send(
                    Messages.call(1, "echo", Map.of("text", "a")).getBytes(StandardCharsets.UTF_8));
            client.endInput();
            assertThat(Messages.text(client.next())).isEqualTo("a");
        }
    }

    @Test
    void callsThatTakeTooLongAfterTheEndOfInputAreInterrupted() throws Exception {
        try (StdioFixture client = new StdioFixture(Duration.ofMillis(100))) {
            client.initialize();
            client.send(Messages.call(1, "wait", Map.of()));
            client.tools.nextEvent();
            client.endInput();
            assertThat(client.tools.nextEvent()).isEqualTo("interrupted");
            assertThat(client.serverReturns()).isTrue();
            assertThat(client.ended).hasSize(1);
        }
    }

    @Test
    void aClientThatNoLongerReadsEndsTheSession() throws Exception {
        try (StdioFixture client = new StdioFixture()) {
            client.initialize();
            client.send(Messages.call(1, "wait", Map.of()));
            client.tools.nextEvent();
            client.breakOutput();
            client.send(Messages.request(2, "ping", Map.of()));
            assertThat(client.tools.nextEvent()).isEqualTo("interrupted");
            Awaitility.await().until(() -> client.ended.size() == 1);
        }
    }

    @Test
    void closingTheServerEndsTheSessionOnce() throws Exception {
        try (StdioFixture client = new StdioFixture()) {
            client.initialize();
            client.send(Messages.call(1, "wait", Map.of()));
            client.tools.nextEvent();
            client.transport.close();
            assertThat(client.tools.nextEvent()).isEqualTo("interrupted");
            client.endInput();
            assertThat(client.serverReturns()).isTrue();
            assertThat(client.ended).hasSize(1);
        }
    }

    @Test
    void aTransportWithoutServerCannotRun() {
        StdioTransport transport =
                new StdioTransport(
                        new ByteArrayInputStream(new byte[0]),
                        OutputStream.nullOutputStream(),
                        McpJsonDefaults.getMapper(),
                        session -> {});
        assertThatIllegalStateException().isThrownBy(transport::run);
    }
}
