package dev.microsandbox.mcp.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.command.Terminal;
import dev.microsandbox.mcp.session.FakeFactory;
import dev.microsandbox.mcp.session.FakeSandbox;
import dev.microsandbox.mcp.tools.ToolGuide;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class StdioServerTest {

    private static final JsonMapper JSON = new JsonMapper();

    @TempDir Path home;

    private final FakeFactory factory = new FakeFactory();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @ParameterizedTest
    @ValueSource(strings = {"stdio", "stdio --sandbox-cpus 2"})
    void servesAClientUntilItsInputEnds(String line) throws IOException {
        factory.prepare(
                sandbox ->
                        sandbox.onRun(
                                (request, listener) -> {
                                    listener.stdout(request.code().getBytes(UTF_8));
                                    return FakeSandbox.finished();
                                }));
        assertThat(
                        serve(
                                """
                                {"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}
                                {"jsonrpc":"2.0","method":"notifications/initialized"}
                                {"jsonrpc":"2.0","id":2,"method":"tools/list"}
                                {"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"run_code","arguments":{"source":"hello"}}}
                                {"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"run_code","arguments":{"code":"x","timeout":-1}}}
                                """,
                                line.split(" ", -1)))
                .isZero();

        assertThat(answer(1).at("/result/serverInfo/name").asString()).isEqualTo("microsandbox");
        assertThat(answer(1).at("/result/instructions").asString()).contains("Linux computer");
        assertThat(answer(2).at("/result/tools/0/name").asString()).isEqualTo("run_code");
        assertThat(answer(2).at("/result/tools").size()).isEqualTo(ToolGuide.names().size());
        assertThat(answer(3).at("/result/structuredContent/stdout").asString()).isEqualTo("hello");
        assertThat(answer(3).at("/result/content/0/text").asString())
                .startsWith("status=ok exit=0 1.2s state=kept\n");
        assertThat(answer(4).at("/result/isError").asBoolean()).isTrue();
        assertThat(answer(4).at("/result/content/0/text").asString()).contains("not -1");
        assertThat(factory.last().isClosed()).isTrue();
    }

    private int serve(String input, String... args) {
        Terminal terminal =
                new Terminal(
                        new ByteArrayInputStream(input.getBytes(UTF_8)),
                        out,
                        new PrintStream(new ByteArrayOutputStream(), true, UTF_8),
                        Map.of("MICROSANDBOX_HOME", home.toString()),
                        false);
        return new Program(terminal, (config, progress) -> factory).run(args);
    }

    private JsonNode answer(int id) {
        return out.toString(UTF_8)
                .lines()
                .map(JSON::readTree)
                .filter(message -> message.path("id").asInt(0) == id)
                .findFirst()
                .orElseThrow();
    }
}
