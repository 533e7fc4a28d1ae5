package dev.microsandbox.mcp.session;

import dev.microsandbox.vmm.SandboxConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Sessions over sandboxes in memory, with a clock that the test moves. */
final class SessionFixture implements AutoCloseable {

    static final Duration IDLE = Duration.ofMinutes(15);
    static final Duration LIFETIME = Duration.ofHours(8);
    static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");
    static final SandboxLimits LIMITS = new SandboxLimits(3, 3L << 29, IDLE, LIFETIME, true);

    final FakeFactory factory = new FakeFactory();
    final AtomicLong nanos = new AtomicLong();
    final List<Throwable> errors = Collections.synchronizedList(new ArrayList<>());
    final SandboxSessions sessions;

    SessionFixture(Path directory) {
        this(directory, new CheckpointLimits(3, 1000), PoolLimits.NONE);
    }

    SessionFixture(Path directory, CheckpointLimits checkpoints, PoolLimits pool) {
        sessions =
                new SandboxSessions(
                        factory,
                        namespace ->
                                SandboxConfig.DEFAULT.withCpus(
                                        switch (namespace) {
                                            case "large" -> 3;
                                            case "medium" -> 2;
                                            default -> 1;
                                        }),
                        LIMITS,
                        checkpoints,
                        pool,
                        directory,
                        new SessionClock(nanos::get, () -> BEGIN.plusNanos(nanos.get())));
    }

    void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    /** A session over HTTP: it goes on if the server is killed. */
    SandboxSession session(String id) {
        sessions.remember(id, "note of " + id);
        return sessions.session(id, "default");
    }

    /** A call of a session's own computer. */
    FakeSandbox call(String id) throws InterruptedException {
        return call(id, "");
    }

    FakeSandbox call(String id, String computer) throws InterruptedException {
        try (SandboxLease lease =
                session(id).acquire(computer, Lane.FREE, SessionFixture::nothing)) {
            return (FakeSandbox) lease.sandbox();
        }
    }

    String notice(String id) throws InterruptedException {
        try (SandboxLease lease = session(id).acquire("", Lane.FREE, SessionFixture::nothing)) {
            return lease.notice().orElse("");
        }
    }

    Checkpoint checkpoint(String id, String label) throws InterruptedException {
        return session(id).checkpoint("", label, SessionFixture::nothing).made();
    }

    Checkpoint restore(String id, String name) throws InterruptedException {
        return session(id).restore("", name, SessionFixture::nothing);
    }

    String fork(String id) throws InterruptedException {
        return session(id).fork("", SessionFixture::nothing).made();
    }

    static void nothing() {}

    interface Action {
        void run() throws Exception;
    }

    /** Runs something beside the test; what it throws is among the errors. */
    Thread start(Action action) {
        return Thread.ofPlatform()
                .start(
                        () -> {
                            try {
                                action.run();
                            } catch (Exception e) {
                                errors.add(e);
                            }
                        });
    }

    @Override
    public void close() {
        // A test that has failed must not hang as well.
        factory.started.forEach(FakeSandbox::openGates);
        sessions.close();
    }
}
