package dev.microsandbox.mcp.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a page of a foreign origin can do from a real browser. Skipped where there is no Chromium.
 */
@Timeout(60)
class BrowserAttackTest {

    private static final List<String> BROWSERS =
            List.of("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome");

    /** Larger than the bodies that were once read to their end. */
    private static final int SIZE = 100_000;

    @TempDir Path home;

    @Test
    void aPageCannotHideARequestInARequest() throws Exception {
        assertCannotOpenASession(BrowserAttackTest::hiddenRequest);
    }

    @Test
    void aPageCannotOpenAStreamAsAnImage() throws Exception {
        assertCannotOpenASession(BrowserAttackTest::image);
    }

    private void assertCannotOpenASession(IntFunction<String> page) throws Exception {
        Path browser = browser().orElse(null);
        assumeTrue(browser != null, "skipped: there is no Chromium here");
        // One session a minute: whoever opens the first one takes it from the others.
        SessionLimits oneSession = new SessionLimits(10, 1);
        BlockingQueue<String> outcomes = new LinkedBlockingQueue<>();
        try (HttpFixture http = HttpFixture.open(home, HttpFixture.TIMES, oneSession)) {
            HttpServer foreign = pages(page.apply(http.server.port()), outcomes);
            Process process = browse(browser, foreign.getAddress().getPort());
            try {
                assertThat(outcomes.poll(40, TimeUnit.SECONDS)).isEqualTo("answered");
            } finally {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly().waitFor();
                foreign.stop(0);
            }
            assertThat(http.send(http.post(Messages.initialize(1))).statusCode()).isEqualTo(200);
        }
    }

    /** A page that posts a request whose body is another one, which opens a session. */
    private static String hiddenRequest(int port) {
        String initialize = Messages.initialize(1);
        String inner =
                "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                        + "Content-Length: "
                        + SIZE
                        + "\r\n\r\n"
                        + initialize
                        + " ".repeat(SIZE - initialize.length());
        return """
        <script>
          fetch("http://127.0.0.1:%d/mcp", {
            method: "POST",
            mode: "no-cors",
            headers: { "Content-Type": "text/plain" },
            body: %s,
          }).then(() => "answered", (failure) => String(failure))
            .then((outcome) => new Promise((r) => setTimeout(r, 1000, outcome)))
            .then((outcome) => fetch("/outcome?" + encodeURIComponent(outcome)));
        </script>
        """
                .formatted(port, Messages.JSON.writeValueAsString(inner));
    }

    /** A page with an image, for which a browser sends no origin; its address opens a session. */
    private static String image(int port) {
        return """
        <script>
          new Image().src = "http://127.0.0.1:%d/sse";
          setTimeout(() => fetch("/outcome?answered"), 2000);
        </script>
        """
                .formatted(port);
    }

    private static HttpServer pages(String page, BlockingQueue<String> outcomes)
            throws IOException {
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext(
                "/",
                exchange -> {
                    if (exchange.getRequestURI().getPath().equals("/outcome")) {
                        outcomes.add(exchange.getRequestURI().getQuery());
                    }
                    byte[] body = page.getBytes(StandardCharsets.UTF_8);
                    exchange.getResponseHeaders().set("Content-Type", "text/html");
                    exchange.sendResponseHeaders(200, body.length);
                    exchange.getResponseBody().write(body);
                    exchange.close();
                });
        server.start();
        return server;
    }

    private Process browse(Path browser, int port) throws IOException {
        return new ProcessBuilder(
                        browser.toString(),
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--user-data-dir=" + home.resolve("profile"),
                        "--remote-debugging-port=0",
                        "--host-resolver-rules=MAP foreign.example 127.0.0.1",
                        "http://foreign.example:" + port + "/")
                .redirectErrorStream(true)
                .redirectOutput(home.resolve("browser.log").toFile())
                .start();
    }

    private static Optional<Path> browser() {
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
        return BROWSERS.stream()
                .flatMap(
                        name ->
                                List.of(path.split(File.pathSeparator, -1)).stream()
                                        .map(directory -> Path.of(directory, name)))
                .filter(Files::isExecutable)
                .findFirst();
    }
}
