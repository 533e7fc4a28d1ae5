package dev.microsandbox.mcp.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.endtoend.HttpClientSession.Answer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sends more large messages at once than the server has memory for. */
@Timeout(300)
class LargeMessagesIT {

    private static final int MIB = 1 << 20;
    private static final int SIZE = 12 * MIB;
    private static final int CALLS = 6;

    @TempDir Path directory;

    @Test
    void waitForEachOtherAndForNobodyElse() throws Exception {
        Installation installation =
                Installation.in(Files.createDirectory(directory.resolve("home")))
                        .with(Map.of("JAVA_TOOL_OPTIONS", "-Xmx160m"));
        Path log = directory.resolve("log");
        try (Installation.Server server =
                        installation.serve(
                                ProcessBuilder.Redirect.to(log.toFile()),
                                "--dev-mode",
                                "--accelerator=qemu");
                HttpClientSession session = new HttpClientSession(server);
                HttpClientSession light = new HttpClientSession(server);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            byte[] content = new byte[SIZE];
            content[SIZE - 1] = 1;
            String text = Base64.getEncoder().encodeToString(content);
            call(light, "run_command", Map.of("command", "true"));
            List<Future<Answer>> writes = new ArrayList<>();
            for (int i = 0; i < CALLS; i++) {
                Map<String, Object> file =
                        Map.of("path", "file" + i, "content", text, "encoding", "base64");
                writes.add(threads.submit(() -> call(session, "write_file", file)));
            }
            for (Future<Answer> write : writes) {
                assertThat(write.get().fact("size").asInt()).isEqualTo(SIZE);
            }
            List<Future<Boolean>> reads = new ArrayList<>();
            for (int i = 0; i < CALLS; i++) {
                Map<String, Object> file =
                        Map.of("path", "file" + i, "encoding", "base64", "length", SIZE);
                reads.add(
                        threads.submit(
                                () ->
                                        call(session, "read_file", file)
                                                .fact("content")
                                                .asString()
                                                .equals(text)));
            }
            do {
                assertThat(call(light, "run_command", Map.of("command", "echo light")).text())
                        .contains("light");
            } while (!reads.stream().allMatch(Future::isDone));
            for (Future<Boolean> read : reads) {
                assertThat(read.get()).isTrue();
            }
        }
        assertThat(Files.readString(log)).doesNotContain("OutOfMemoryError");
    }

    private static Answer call(HttpClientSession session, String tool, Map<String, Object> with)
            throws Exception {
        Answer answer = session.call(tool, with);
        assertThat(answer.isError()).as(answer.text()).isFalse();
        return answer;
    }
}
