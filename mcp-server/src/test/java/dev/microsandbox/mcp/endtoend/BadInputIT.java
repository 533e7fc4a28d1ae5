package dev.microsandbox.mcp.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** Invalid input gets a clear answer and does not harm the session. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(240)
class BadInputIT {

    private Installation installation;
    private StdioClient client;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        installation = Installation.in(Files.createDirectory(directory.resolve("home")));
        client = new StdioClient(installation);
        client.call("run_code", Map.of("language", "shell", "code", "v=alive; mkfifo fifo"));
        client.call("run_command", Map.of("command", "truncate -s 1G /dev/shm/big"));
        client.call("run_command", Map.of("command", "printf 'a\\377b' > latin1.txt"));
    }

    @AfterAll
    void stop() throws Exception {
        client.close();
    }

    static List<Arguments> wrongCalls() {
        return List.of(
                wrong("run_code", Map.of("code", "1", "language", "cobol"), "cobol", "python"),
                wrong("run_code", Map.of("code", "1", "timeout", -1), "timeout", "above 0"),
                wrong("run_code", Map.of("code", "1", "timeout", 4000), "3600"),
                wrong("run_code", Map.of("code", "1", "timeout", "soon"), "timeout"),
                wrong("run_code", Map.of(), "code"),
                wrong("run_code", Map.of("code", 5), "code"),
                wrong("run_command", Map.of("command", "true", "cwd", "/nowhere"), "/nowhere"),
                wrong("read_file", Map.of(), "path"),
                wrong("read_file", Map.of("path", "none.txt"), "none.txt"),
                wrong("read_file", Map.of("path", "/workspace"), "directory", "list_files"),
                wrong("read_file", Map.of("path", "fifo"), "FIFO"),
                wrong(
                        "read_file",
                        Map.of("path", "latin1.txt", "encoding", "base64", "length", 1L << 30),
                        "length"),
                wrong("write_file", Map.of("path", "/workspace", "content", "x"), "directory"),
                wrong(
                        "write_file",
                        Map.of("path", "a", "content", "no base64!", "encoding", "base64"),
                        "base64"),
                wrong("write_file", Map.of("path", "/etc/passwd", "content", "x"), "/etc/passwd"),
                wrong(
                        "edit_file",
                        Map.of("path", "/etc/hostname", "old_string", "q#q", "new_string", "y"),
                        "0"),
                wrong("list_files", Map.of("path", "/etc/passwd"), "/etc/passwd"),
                wrong("list_files", Map.of("depth", 0), "depth"),
                wrong("search_files", Map.of("pattern", "f(oo"), "unclosed group", "literal"),
                wrong("search_files", Map.of("pattern", "x", "path", "fifo"), "fifo"),
                wrong("search_files", Map.of("glob", "["), "unclosed character class"),
                wrong("reset_interpreter", Map.of("language", "cobol"), "cobol"));
    }

    private static Arguments wrong(String tool, Map<String, Object> arguments, String... said) {
        return Arguments.of(tool, arguments, List.of(said));
    }

    @ParameterizedTest
    @MethodSource("wrongCalls")
    void aWrongCallIsAnsweredInWords(String tool, Map<String, Object> arguments, List<String> said)
            throws Exception {
        JsonNode result = client.call(tool, arguments);
        assertThat(result.get("isError").asBoolean()).as(result.toString()).isTrue();
        String text = result.get("content").get(0).get("text").asString();
        assertThat(text).contains(said).doesNotContain("Exception").doesNotContain("\tat ");
        assertAlive();
    }

    @Test
    void aFileThatIsNotUtf8ComesAsBytes() throws Exception {
        JsonNode result = client.call("read_file", Map.of("path", "latin1.txt"));
        JsonNode structured = result.get("structuredContent");
        assertThat(structured.get("encoding").asString()).isEqualTo("base64");
        assertThat(structured.get("content").asString()).isEqualTo("Yf9i");
        assertThat(structured.get("sha256").asString()).hasSize(64);
    }

    @Test
    void filesAreFoundByWhatIsInThemAndByName() throws Exception {
        client.call(
                "run_command",
                Map.of(
                        "command",
                        """
                        mkdir -p tree/sub tree/out; cd tree; printf 'out/\\n*.log\\n' > .gitignore
                        printf 'one\\nneedle here\\r\\nthree\\n' > sub/crlf.txt
                        printf 'needle \\xe9' > $'n\\xff.txt'; printf 'needle\\0' > binary.txt
                        echo needle | tee out/x.txt a.log .hidden.txt
                        touch -d 2020-01-01 sub/crlf.txt; ln -s /nowhere dangling"""));
        JsonNode lines =
                client.call("search_files", Map.of("pattern", "needle( here)?$", "path", "tree"));
        assertThat(text(lines))
                .isEqualTo(
                        """
                        status=ok path=tree matches=1 files=1 truncated=false
                        --- results ---
                        tree/sub/crlf.txt
                        2:needle here
                        """);
        JsonNode all =
                client.call(
                        "search_files",
                        Map.of("pattern", "needle", "path", "tree", "unrestricted", true));
        assertThat(text(all))
                .contains("matches=5 files=5")
                .contains("\nfile:///workspace/tree/n%FF.txt\n1:needle \uFFFD\n")
                .contains("tree/out/x.txt", "tree/a.log", "tree/.hidden.txt")
                .doesNotContain("binary.txt");
        JsonNode names =
                client.call("search_files", Map.of("glob", "*.txt", "path", "/workspace/tree"));
        assertThat(text(names))
                .containsSubsequence(
                        "files=3",
                        "/workspace/tree/",
                        "2020-01-01 00:00 /workspace/tree/sub/crlf.txt")
                .contains("/workspace/tree/binary.txt", "file:///workspace/tree/n%FF.txt")
                .doesNotContain("hidden", "x.txt");
        JsonNode read = client.call("read_file", Map.of("path", "file:///workspace/tree/n%FF.txt"));
        assertThat(read.get("structuredContent").get("size").asInt()).isEqualTo(8);
    }

    private static String text(JsonNode result) {
        return result.get("content").get(0).get("text").asString();
    }

    @Test
    void theEndOfAHugeFileIsReadAtOnce() throws Exception {
        client.call("run_command", Map.of("command", "echo \"last line\" >> /dev/shm/big"));
        JsonNode result =
                client.call(
                        "read_file", Map.of("path", "/dev/shm/big", "offset", -10, "length", 10));
        assertThat(result.get("structuredContent").get("content").asString())
                .isEqualTo("last line\n");
    }

    @Test
    void aHugeFileIsReadInPartsAndSaysHow() throws Exception {
        JsonNode result = client.call("read_file", Map.of("path", "/dev/shm/big"));
        assertThat(result.get("content").get(0).get("text").asString()).contains("10737418");
        assertAlive();
    }

    @Test
    void linesThatAreNoJsonAreAnsweredAndTheSessionGoesOn() throws Exception {
        client.line("{\"jsonrpc\":");
        assertThat(client.nextWithoutId().at("/error/code").asInt()).isEqualTo(-32700);
        client.bytes(new byte[] {(byte) 0xff, (byte) 0xfe, 0, '\n'});
        assertThat(client.nextWithoutId().at("/error/code").asInt()).isEqualTo(-32700);
        client.line("[1, 2]");
        assertThat(client.nextWithoutId().at("/error/code").asInt()).isEqualTo(-32600);
        assertThat(client.request("no/such", Map.of()).at("/error/code").asInt()).isEqualTo(-32601);
        assertAlive();
    }

    @Test
    void keysThatAreWrongExpiredOrRevokedAreRefusedByReason() throws Exception {
        String good = key("key", "create", "--namespace", "team-a");
        String expired = key("key", "create", "--namespace", "team-a", "--expires", "1s");
        String revoked = key("key", "create", "--namespace", "team-a");
        try (Installation.Server server = installation.serve()) {
            assertThat(post(server, good).statusCode()).isEqualTo(200);
            assertThat(post(server, revoked).statusCode()).isEqualTo(200);
            installation.output("key", "revoke", id(revoked));
            Thread.sleep(2000);
            assertRefused(post(server, revoked), "revoked");
            assertRefused(post(server, expired), "expired");
            assertRefused(post(server, good.substring(0, good.length() - 1) + "!"), "");
            assertRefused(post(server, "msb_nonsense"), "");
            assertRefused(post(server, null), "");
            assertThat(post(server, good).statusCode()).isEqualTo(200);
        }
    }

    private void assertAlive() throws Exception {
        JsonNode result = client.call("run_code", Map.of("language", "shell", "code", "echo $v"));
        assertThat(result.get("structuredContent").get("stdout").asString()).isEqualTo("alive\n");
    }

    private String key(String... arguments) throws Exception {
        return installation
                .output(arguments)
                .lines()
                .flatMap(line -> List.of(line.split("\\s+", -1)).stream())
                .filter(word -> word.startsWith("msb_"))
                .findFirst()
                .orElseThrow();
    }

    /** The identifier that {@code msb key list} shows for a key. */
    private static String id(String key) {
        return List.of(key.split("_", -1)).get(1);
    }

    private static void assertRefused(HttpResponse<String> response, String reason) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(401);
        assertThat(response.headers().firstValue("WWW-Authenticate").orElse(""))
                .startsWith("Bearer");
        assertThat(response.body()).contains(reason);
    }

    private static HttpResponse<String> post(
            Installation.Server server, @org.jspecify.annotations.Nullable String key)
            throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(server.url("/mcp")))
                        .header("Content-Type", "application/json")
                        .header("Accept", "application/json, text/event-stream")
                        .POST(
                                HttpRequest.BodyPublishers.ofString(
                                        """
                                        {"jsonrpc":"2.0","id":1,"method":"initialize","params":\
                                        {"protocolVersion":"2025-11-25","capabilities":{},\
                                        "clientInfo":{"name":"t","version":"1"}}}"""));
        if (key != null) {
            request.header("Authorization", "Bearer " + key);
        }
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        }
    }
}
