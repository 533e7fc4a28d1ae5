package dev.microsandbox.mcp.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.node.NodePackages;
import dev.microsandbox.mcp.tools.ToolGuide;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What an agent does in a session, through the reference client on each transport: the tools are
 * listed, state persists between calls, a figure is returned as an image, and bytes are returned
 * unchanged.
 */
class AgentJourneyIT {

    private static final JsonMapper JSON = JsonMapper.shared();
    @TempDir Path directory;
    private Installation installation;
    private final byte[] bytes = new byte[5_000_000];

    @BeforeEach
    void install() throws IOException {
        installation = Installation.in(Files.createDirectory(directory.resolve("home")));
        new Random(7).nextBytes(bytes);
    }

    @Test
    void overStdio() throws Exception {
        JsonNode output =
                journey(
                        Map.of(
                                "transport",
                                "stdio",
                                "command",
                                installation.command("stdio"),
                                "env",
                                installation.environment()));
        check(output);
    }

    @Test
    void overStreamableHttpWithAKey() throws Exception {
        String key = createKey();
        try (Installation.Server server = installation.serve()) {
            check(
                    journey(
                            Map.of(
                                    "transport",
                                    "http",
                                    "url",
                                    server.url("/mcp"),
                                    "headers",
                                    Map.of("Authorization", "Bearer " + key))));
        }
    }

    @Test
    void overTheOlderTransportWithAKey() throws Exception {
        String key = createKey();
        try (Installation.Server server = installation.serve()) {
            check(
                    journey(
                            Map.of(
                                    "transport",
                                    "sse",
                                    "url",
                                    server.url("/sse"),
                                    "headers",
                                    Map.of("X-API-Key", key))));
        }
    }

    private String createKey() throws IOException, InterruptedException {
        String output = installation.output("key", "create", "--namespace", "team-a");
        return output.lines()
                .flatMap(line -> List.of(line.split("\\s+", -1)).stream())
                .filter(word -> word.startsWith("msb_"))
                .findFirst()
                .orElseThrow(() -> new IOException("no key in: " + output));
    }

    private JsonNode journey(Map<String, Object> connection) throws Exception {
        Path file = Files.write(directory.resolve("bytes.bin"), bytes);
        Map<String, Object> plan = new java.util.LinkedHashMap<>(connection);
        List<Object> calls = new ArrayList<>();
        calls.add(Map.of("list", true));
        calls.add(call("run_code", Map.of("code", "x = 6 * 7")));
        calls.add(call("run_code", Map.of("code", "print('x is', x)")));
        calls.add(
                call(
                        "run_code",
                        Map.of(
                                "code",
                                "import matplotlib.pyplot as plt\nplt.plot([3, 1, 2])\nplt.show()",
                                "timeout",
                                60)));
        calls.add(
                call(
                        "write_file",
                        Map.of(
                                "path",
                                "data/bytes.bin",
                                "content",
                                Map.of("$file", file.toString()),
                                "encoding",
                                "base64")));
        calls.add(call("read_file", Map.of("path", "data/bytes.bin", "encoding", "base64")));
        calls.add(
                call(
                        "run_code",
                        Map.of("language", "javascript", "code", "[1, 2, 3].map(n => n * n)")));
        calls.add(
                call(
                        "run_code",
                        Map.of("language", "shell", "code", "cd data && wc -c < bytes.bin")));
        calls.add(call("run_command", Map.of("command", "sha256sum bytes.bin", "cwd", "data")));
        calls.add(call("write_file", Map.of("path", "a.txt", "content", "one two\n")));
        calls.add(
                call(
                        "edit_file",
                        Map.of("path", "a.txt", "old_string", "two", "new_string", "three")));
        calls.add(call("read_file", Map.of("path", "a.txt")));
        calls.add(call("list_files", Map.of()));
        calls.add(call("session_info", Map.of()));
        calls.add(call("reset_interpreter", Map.of("language", "python")));
        calls.add(call("run_code", Map.of("code", "x")));
        calls.add(call("run_command", Map.of("command", "sleep 1000", "background", true)));
        calls.add(call("session_info", Map.of()));
        plan.put("calls", calls);
        Path planFile = directory.resolve("plan.json");
        Files.writeString(planFile, JSON.writeValueAsString(plan));
        NodePackages node = NodePackages.installed();
        NodePackages.Output output =
                node.run(
                        Duration.ofMinutes(4),
                        node.ownScript("client.mjs").toString(),
                        planFile.toString());
        assertThat(output.exitCode()).as(output.text()).isZero();
        String last = output.text().lines().reduce((a, b) -> b).orElseThrow();
        return JSON.readTree(last).get("results");
    }

    private static Map<String, Object> call(String tool, Map<String, Object> arguments) {
        return Map.of("tool", tool, "arguments", arguments, "timeoutMs", 120_000);
    }

    private void check(JsonNode results) throws Exception {
        List<String> names = new ArrayList<>();
        JsonNode tools = results.get(0).get("result").get("tools");
        tools.forEach(tool -> names.add(tool.get("name").asString()));
        assertThat(names).containsExactlyElementsOf(ToolGuide.names());
        for (JsonNode tool : tools) {
            assertThat(tool.get("inputSchema").get("type").asString()).isEqualTo("object");
            assertThat(tool.get("outputSchema").get("type").asString()).isEqualTo("object");
            for (String hint :
                    List.of("readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint")) {
                assertThat(tool.get("annotations").has(hint)).as(tool.toString()).isTrue();
            }
        }

        assertThat(structured(results, 1).get("state").asString()).isEqualTo("kept");
        assertThat(structured(results, 2).get("stdout").asString()).isEqualTo("x is 42\n");
        assertThat(text(results, 2)).startsWith("status=ok exit=0").contains("x is 42");

        JsonNode image = contentOfType(results, 3, "image");
        assertThat(image.get("mimeType").asString()).isEqualTo("image/png");
        byte[] png = Base64.getDecoder().decode(image.get("data").asString());
        assertThat(png).startsWith(0x89, 'P', 'N', 'G');

        assertThat(structured(results, 5).get("size").asLong()).isEqualTo(bytes.length);
        byte[] back = Base64.getDecoder().decode(structured(results, 5).get("content").asString());
        assertThat(back).isEqualTo(bytes);

        assertThat(structured(results, 6).get("result").asString()).contains("[ 1, 4, 9 ]");
        assertThat(structured(results, 7).get("stdout").asString().strip()).isEqualTo("5000000");
        assertThat(structured(results, 8).get("stdout").asString())
                .startsWith(structured(results, 5).get("sha256").asString());
        assertThat(structured(results, 11).get("content").asString()).isEqualTo("one three\n");
        assertThat(text(results, 12)).contains("a.txt").contains("data");
        assertThat(text(results, 13)).contains("python").contains("emulation");
        assertThat(structured(results, 15).get("error").get("name").asString())
                .isEqualTo("NameError");
        String job = structured(results, 16).get("job_id").asString();
        assertThat(text(results, 17)).contains(job + ": running, ").contains(", sleep 1000\n");
    }

    private static JsonNode structured(JsonNode results, int index) {
        JsonNode result = results.get(index).get("result");
        assertThat(result).as(results.get(index).toString()).isNotNull();
        assertThat(result.path("isError").asBoolean()).as(result.toString()).isFalse();
        return result.get("structuredContent");
    }

    private static String text(JsonNode results, int index) {
        return results.get(index).get("result").get("content").get(0).get("text").asString();
    }

    private static JsonNode contentOfType(JsonNode results, int index, String type) {
        for (JsonNode content : results.get(index).get("result").get("content")) {
            if (content.get("type").asString().equals(type)) {
                return content;
            }
        }
        throw new AssertionError("no " + type + " in " + results.get(index));
    }
}
