package dev.microsandbox.mcp.transport;

import dev.microsandbox.mcp.life.SessionClient;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** What all kinds of sessions have in common. */
interface TransportSession {

    /** The id that tools see; unguessable. */
    String id();

    RunningCalls calls();

    /** Sends a notification on the way that is open to the client just now. */
    Mono<Void> notify(String method, @Nullable Object params);

    /** With what it can go on after the server's next start; empty if it cannot. */
    default Optional<SessionClient> client(Caller owner) {
        return Optional.empty();
    }

    /** Interrupts all running requests and ends all streams. */
    void close();
}
