package dev.microsandbox.mcp.transport;

import dev.microsandbox.mcp.life.SessionClient;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** A session of any transport. */
interface TransportSession {

    /** The unguessable id that tools see. */
    String id();

    RunningCalls calls();

    /** Sends a notification over whichever stream to the client is open now. */
    Mono<Void> notify(String method, @Nullable Object params);

    /**
     * What the server needs to resume the session after a restart; empty if the session cannot be
     * resumed.
     */
    default Optional<SessionClient> client(Caller owner) {
        return Optional.empty();
    }

    /** Interrupts all running requests and ends all streams. */
    void close();
}
