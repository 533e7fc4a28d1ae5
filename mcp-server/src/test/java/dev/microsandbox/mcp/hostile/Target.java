package dev.microsandbox.mcp.hostile;

import dev.microsandbox.mcp.endtoend.HttpClientSession;
import dev.microsandbox.mcp.endtoend.Installation;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** A session under attack, which measures the duration of its calls. Not thread-safe. */
final class Target implements AutoCloseable {

    private final HttpClientSession session;
    private final Canary canary;

    Target(Installation.Server server, Canary canary) throws IOException, InterruptedException {
        this.session = new HttpClientSession(server);
        this.canary = canary;
    }

    /** A running call. */
    final class Call {

        private final HttpClientSession.Started started;
        private final long start = System.nanoTime();
        private final CompletableFuture<Long> end;

        private Call(HttpClientSession.Started started) {
            this.started = started;
            end = started.response().handle((_, _) -> System.nanoTime());
        }

        void cancel() throws IOException, InterruptedException {
            session.cancel(started);
        }

        void disconnect() {
            started.response().cancel(true);
        }

        boolean isDone() {
            return started.response().isDone();
        }

        Reply reply() throws InterruptedException {
            HttpClientSession.@Nullable Answer answer = null;
            String failure = "";
            try {
                HttpResponse<String> response = started.response().get();
                Optional<HttpClientSession.Answer> result = started.answer(response);
                answer = result.orElse(null);
                failure = response.statusCode() + ": " + response.body();
            } catch (ExecutionException e) {
                failure = String.valueOf(e.getCause());
            } catch (CancellationException e) {
                failure = "disconnected";
            }
            Duration took = Duration.ofNanos(end.join() - start);
            return new Reply(answer, took, canary.worstSince(start), answer == null ? failure : "");
        }
    }

    /**
     * @param patience how long the client waits before it gives up
     */
    Call start(String tool, Map<String, Object> arguments, Duration patience) {
        return new Call(session.start(tool, arguments, patience));
    }

    Reply call(String tool, Map<String, Object> arguments) throws InterruptedException {
        return start(tool, arguments, Duration.ofMinutes(5)).reply();
    }

    @Override
    public void close() throws IOException {
        try {
            session.end();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        session.close();
    }
}
