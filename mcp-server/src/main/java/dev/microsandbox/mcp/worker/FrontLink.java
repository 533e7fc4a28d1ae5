package dev.microsandbox.mcp.worker;

import dev.microsandbox.mcp.seam.ControlChannel;
import dev.microsandbox.mcp.seam.ToFront;
import dev.microsandbox.mcp.seam.ToWorker;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The worker's end of the control connection. Thread-safe. */
public final class FrontLink {

    private static final Logger log = LoggerFactory.getLogger(FrontLink.class);

    private final ControlChannel<ToFront, ToWorker> channel;
    private final AtomicInteger ids = new AtomicInteger();
    private final Map<Integer, CompletableFuture<Optional<ToWorker.Refused>>> asked =
            new ConcurrentHashMap<>();
    private final Set<String> watched = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;
    private volatile Runnable evict = () -> {};
    private volatile ToFront.State said = new ToFront.State(0, 0, 0);

    public FrontLink(ControlChannel<ToFront, ToWorker> channel) {
        this.channel = channel;
    }

    /** Waits for the configuration, which comes first. */
    public String awaitConfiguration() throws IOException {
        if (channel.receive() instanceof ToWorker.Configure(String yaml)) {
            return yaml;
        }
        throw new IOException("the front does not begin with the configuration");
    }

    /** Says that this worker serves requests, and follows orders from now on. */
    public void begin(Orders orders) throws IOException {
        // Not a virtual thread: it answers for the process, and must not wait for a processor.
        Thread.ofPlatform().name("front").daemon().start(() -> receive(orders));
        channel.send(new ToFront.Ready(ControlChannel.VERSION));
    }

    private void receive(Orders orders) {
        try {
            while (true) {
                follow(channel.receive(), orders);
            }
        } catch (IOException e) {
            if (!closed) {
                log.warn("The front is gone");
                log.debug("its connection has ended", e);
            }
            channel.close();
            orders.frontGone();
            asked.values().forEach(one -> one.completeExceptionally(e));
        }
    }

    /** Ends the connection, because this worker ends. */
    public void close() {
        closed = true;
        channel.close();
    }

    private void follow(ToWorker message, Orders orders) throws IOException {
        switch (message) {
            case ToWorker.Configure(String yaml) -> orders.configure(yaml);
            case ToWorker.Granted(int id) -> answer(id, Optional.empty());
            case ToWorker.Refused refused -> answer(refused.id(), Optional.of(refused));
            case ToWorker.Evict() -> Thread.ofVirtual().name("make-room").start(evict);
            case ToWorker.Ping(int id) -> channel.send(new ToFront.Pong(id));
            case ToWorker.KeyEnded(String key) -> {
                watched.remove(key);
                orders.keyEnded(key);
            }
            case ToWorker.Stop(boolean keepsUnused) -> orders.stop(keepsUnused);
        }
    }

    private void answer(int id, Optional<ToWorker.Refused> refusal) {
        CompletableFuture<Optional<ToWorker.Refused>> one = asked.remove(id);
        if (one != null) {
            one.complete(refusal);
        } else if (refusal.isEmpty()) {
            release(id); // nobody waits for it any more
        }
    }

    /** Names what closes a ready sandbox when the front asks for that. */
    void onEvict(Runnable action) {
        evict = action;
    }

    /** What the front has answered: the id of a grant, or why there is none. */
    record Answer(int id, Optional<ToWorker.Refused> refusal) {}

    /**
     * Asks for the resources of a sandbox, and waits for the answer.
     *
     * @throws IOException if the front is gone
     */
    Answer reserve(int cpus, long memoryBytes, boolean forPool)
            throws IOException, InterruptedException {
        int id = ids.incrementAndGet();
        CompletableFuture<Optional<ToWorker.Refused>> answer = new CompletableFuture<>();
        asked.put(id, answer);
        boolean answered = false;
        try {
            channel.send(new ToFront.Reserve(id, cpus, memoryBytes, forPool));
            Optional<ToWorker.Refused> refusal = answer.get();
            answered = true;
            return new Answer(id, refusal);
        } catch (ExecutionException e) {
            throw new IOException("the front is gone", e);
        } finally {
            if (!answered && asked.remove(id) == null) {
                // The grant has come in the meantime.
                release(id);
            }
        }
    }

    /** A ready sandbox belongs to a session now. */
    void taken(int id) {
        tell(new ToFront.Taken(id));
    }

    /** The resources of a grant are free. */
    void release(int id) {
        tell(new ToFront.Release(id));
    }

    /** Says what this worker has, if that has changed. */
    public void say(ToFront.State state) {
        if (!state.equals(said)) {
            said = state;
            tell(state);
        }
    }

    /** Asks to hear of the end of a key. */
    public void watch(String keyId) {
        if (watched.add(keyId)) {
            tell(new ToFront.Watch(keyId));
        }
    }

    private void tell(ToFront message) {
        try {
            channel.send(message);
        } catch (IOException e) {
            log.debug("the front is gone", e); // the receiving thread acts on it
        }
    }
}
