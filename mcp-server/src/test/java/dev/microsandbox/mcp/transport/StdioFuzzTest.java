package dev.microsandbox.mcp.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import tools.jackson.databind.JsonNode;

class StdioFuzzTest {

    private static final int MARK = 424242;

    @Property(tries = 200)
    void randomBytesNeverEndTheSession(@ForAll byte[] noise) throws Exception {
        survives(List.of(noise));
    }

    @Property(tries = 200)
    void randomMessagesNeverEndTheSession(@ForAll("messages") List<byte[]> messages)
            throws Exception {
        survives(messages);
    }

    private static void survives(List<byte[]> lines) throws Exception {
        try (StdioFixture client = new StdioFixture()) {
            client.initialize();
            for (byte[] line : lines) {
                client.send(line);
                client.send(new byte[] {'\n'});
            }
            client.send(Messages.call(MARK, "echo", Map.of("text", "still here")));
            JsonNode answer;
            do {
                answer = client.next();
            } while (answer.path("id").asInt(0) != MARK);
            assertThat(Messages.text(answer)).isEqualTo("still here");
        }
    }

    /** Things that look like messages: pieces of real ones, put together at random. */
    @Provide
    Arbitrary<List<byte[]>> messages() {
        Arbitrary<String> piece =
                Arbitraries.of(
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
                        "\"\\ud800\"");
        Arbitrary<String> text = piece.list().ofMaxSize(12).map(pieces -> String.join("", pieces));
        Arbitrary<String> request =
                Arbitraries.of(
                                "ping",
                                "tools/call",
                                "tools/list",
                                "initialize",
                                "completion/complete",
                                "resources/read",
                                "no/such")
                        .flatMap(
                                method ->
                                        text.map(
                                                params ->
                                                        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\""
                                                                + method
                                                                + "\",\"params\":{"
                                                                + params
                                                                + "}}"));
        return Arbitraries.oneOf(text, request)
                .map(line -> line.getBytes(StandardCharsets.UTF_8))
                .list()
                .ofMaxSize(10);
    }
}
