package dev.microsandbox.mcp.transport;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The open sessions of one transport, as the SDK's server addresses them. Thread-safe. */
record SessionsOfKind(Sessions sessions, Class<? extends TransportSession> kind) {

    /**
     * Sends a notification to all sessions. A failure in one session does not affect the others.
     */
    Mono<Void> notifyAll(String method, @Nullable Object params) {
        return all().flatMap(session -> session.notify(method, params).onErrorComplete()).then();
    }

    /** Sends a notification to one session, if it is open. */
    Mono<Void> notifyOne(String id, String method, @Nullable Object params) {
        return all().filter(session -> session.id().equals(id))
                .flatMap(session -> session.notify(method, params))
                .then();
    }

    private Flux<? extends TransportSession> all() {
        return Flux.defer(() -> Flux.fromIterable(sessions.all())).ofType(kind);
    }

    /** Ends all sessions of this kind. */
    Mono<Void> endAll() {
        return Mono.fromCallable(
                () -> {
                    sessions.endAll(kind, "the server stops");
                    return null;
                });
    }
}
