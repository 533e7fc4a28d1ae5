package dev.microsandbox.mcp.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.microsandbox.mcp.endtoend.HttpClientSession.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The file of a namespace in a real server and a real guest, which knows the languages' names. */
@Timeout(300)
class NamespaceFileIT {

    @TempDir Path home;

    @Test
    void itsTermsHoldAndAChangeCountsInAnOpenSession() throws Exception {
        Installation installation = Installation.in(home);
        write("languages: [python]\nrun: {timeout: 2s}\n");
        try (Installation.Server server = installation.serve("--dev-mode");
                HttpClientSession session = new HttpClientSession(server)) {
            assertThat(run(session, "python", "import time; time.sleep(60)").text())
                    .startsWith("status=timeout ")
                    .contains("Stopped after the time-out of 2.0s;");
            assertThat(run(session, "py", "6 * 7").text()).endsWith("42\n");
            Answer refused = run(session, "bash", "echo");
            assertThat(refused.isError()).isTrue();
            assertThat(refused.text()).endsWith("There are: python.");
            assertThat(info(session)).contains("run_timeout: 2 s\n").doesNotContain("shell");

            write("run: {timeout: 40s}\n");
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(info(session)).contains("run_timeout: 40 s\n"));
            assertThat(run(session, "bash", "echo $((6 * 7))").text()).contains("\n42\n");
            assertThat(info(session)).contains("shell (");
        }
    }

    /** Replaces the file as a whole. */
    private void write(String text) throws IOException {
        Path directory = Files.createDirectories(home.resolve("namespaces"));
        Path next = Files.writeString(home.resolve("next"), text);
        Files.move(next, directory.resolve("default.yaml"), StandardCopyOption.ATOMIC_MOVE);
    }

    private static Answer run(HttpClientSession session, String language, String code)
            throws IOException, InterruptedException {
        return session.call("run_code", Map.of("language", language, "code", code));
    }

    private static String info(HttpClientSession session) throws IOException, InterruptedException {
        return session.call("session_info", Map.of()).text();
    }
}
