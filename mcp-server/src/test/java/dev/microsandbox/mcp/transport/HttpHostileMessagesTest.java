package dev.microsandbox.mcp.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.log.LogWatch;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Nothing that a message or a header holds is a status of 500, or prints a stack trace. */
@Timeout(60)
class HttpHostileMessagesTest {

    @TempDir Path home;

    @SuppressWarnings("NullAway.Init")
    private HttpFixture http;

    @BeforeEach
    void start() throws Exception {
        http = HttpFixture.open(home, HttpFixture.TIMES, new SessionLimits(5000, 100_000));
    }

    @AfterEach
    void stop() {
        http.close();
    }

    @Test
    void noMessageIsAnInternalError() throws Exception {
        List<String> failures = new ArrayList<>();
        try (LogWatch log = new LogWatch()) {
            String session = http.initialize();
            for (Map.Entry<String, byte[]> message : HostileMessages.all().entrySet()) {
                HttpRequest.Builder request =
                        http.request("/mcp").POST(BodyPublishers.ofByteArray(message.getValue()));
                if (!message.getKey().startsWith("initialize")) {
                    request.header("Mcp-Session-Id", session);
                }
                int status = http.send(request).statusCode();
                if (status >= 500) {
                    failures.add(message.getKey() + ": " + status);
                }
                if (!log.traces.isEmpty()) {
                    failures.add(
                            message.getKey() + ": " + log.traces.getFirst().lines().findFirst());
                    log.traces.clear();
                }
            }
            assertThat(failures).isEmpty();
            assertStillAnswers(session);
            assertThat(log.lines).allSatisfy(line -> assertThat(line).hasSizeLessThan(20_000));
        }
    }

    private void assertStillAnswers(String session) throws Exception {
        HttpResponse<String> response =
                http.send(http.post(session, Messages.call(9, "echo", Map.of("text", "here"))));
        assertThat(Messages.text(HttpFixture.json(response))).isEqualTo("here");
    }

    @ParameterizedTest
    @ValueSource(strings = {"stack", "assertion", "linkage", "memory", "io"})
    void anErrorOfOneRequestIsItsAnswer(String error) throws Exception {
        try (LogWatch log = new LogWatch()) {
            String session = http.initialize();
            HttpResponse<String> response =
                    http.send(
                            http.post(
                                    session,
                                    Messages.call(1, "throw-error", Map.of("error", error))));
            JsonNode answer = HttpFixture.json(response);
            assertThat(answer.at("/error/code").asInt()).isEqualTo(-32603);
            assertThat(response.body()).doesNotContain("SECRET", "Secret", "\\tat ");
            assertStillAnswers(session);
            assertThat(log.traces).isEmpty();
        }
    }

    @Test
    void anIdThatMcpForbidsIsAnInvalidRequest() throws Exception {
        String session = http.initialize();
        for (String id : HostileMessages.forbiddenIds()) {
            HttpResponse<String> response =
                    http.send(
                            http.post(
                                    session,
                                    "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"ping\"}"));
            JsonNode answer = HttpFixture.json(response);
            assertThat(response.statusCode()).as(id).isEqualTo(400);
            assertThat(answer.at("/error/code").asInt()).as(id).isEqualTo(-32600);
        }
    }

    @Test
    void noHeaderIsAnInternalErrorOrForgesALine() throws Exception {
        String[] values = {
            "",
            " ",
            "x".repeat(5000),
            "../../../etc/passwd",
            "..",
            "a/b",
            "%00",
            "\u001b[2J\u001b[31mforged",
            "a\u0001b",
            "a\u0085b",
            "a\u00e4\u00ff",
            "a\tb",
            "\u007f",
            "2026-01-01T00:00:00Z ERROR Forged: line",
            "{\"a\":1}",
            "9999999999999999999999",
            "-1"
        };
        String[] headers = {
            "Mcp-Session-Id",
            "MCP-Protocol-Version",
            "Last-Event-ID",
            "User-Agent",
            "Origin",
            "Authorization",
            "X-API-Key",
            "Accept",
            "Content-Type",
            "X-Forwarded-For",
            "Mcp-Method",
            "Cookie"
        };
        List<String> failures = new ArrayList<>();
        try (LogWatch log = new LogWatch()) {
            String session = http.initialize();
            for (String method : new String[] {"POST", "GET", "DELETE"}) {
                for (String header : headers) {
                    for (String value : values) {
                        String status = status(method, session, header, value);
                        if (status.contains(" 5")) {
                            failures.add(method + " " + header + " " + value + ": " + status);
                        }
                    }
                }
            }
            assertThat(failures).isEmpty();
            assertThat(log.traces).isEmpty();
            assertThat(log.lines).noneMatch(line -> line.contains("\u001b") || line.contains("\r"));
        }
        assertThat(http.initialize()).isNotEmpty();
    }

    private String status(String method, String session, String header, String value)
            throws Exception {
        List<String> lines = new ArrayList<>();
        lines.add("Host: localhost");
        lines.add("Connection: close");
        Map<String, String> usual =
                Map.of(
                        "Accept",
                        method.equals("GET") ? "application/json" : HttpFixture.ACCEPT,
                        "Content-Type",
                        "application/json",
                        "Mcp-Session-Id",
                        method.equals("DELETE") ? "none" : session);
        usual.forEach(
                (name, usually) -> {
                    if (!name.equals(header)) {
                        lines.add(name + ": " + usually);
                    }
                });
        lines.add(header + ": " + value);
        try (RawConnection connection =
                new RawConnection(
                        http.uri("/mcp"),
                        method,
                        method.equals("POST") ? Messages.request(1, "ping", Map.of()) : "",
                        lines.toArray(String[]::new))) {
            return connection.statusLine();
        }
    }
}
