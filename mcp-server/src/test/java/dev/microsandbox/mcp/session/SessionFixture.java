package dev.microsandbox.mcp.session;

import dev.microsandbox.mcp.life.SessionClient;
import dev.microsandbox.mcp.session.computer.Lane;
import dev.microsandbox.mcp.session.computer.SandboxLease;
import dev.microsandbox.mcp.session.computer.SessionClock;
import dev.microsandbox.mcp.session.disk.Checkpoint;
import dev.microsandbox.mcp.session.limits.CheckpointLimits;
import dev.microsandbox.mcp.session.limits.Lifespan;
import dev.microsandbox.mcp.session.limits.PoolLimits;
import dev.microsandbox.mcp.session.limits.Quota;
import dev.microsandbox.mcp.session.limits.SandboxLimits;
import dev.microsandbox.mcp.session.limits.Terms;
import dev.microsandbox.vmm.SandboxConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/** Sessions over sandboxes in memory, with a clock that the test moves. */
public final class SessionFixture implements AutoCloseable {

    public static final Duration IDLE = Duration.ofMinutes(15);
    public static final Duration LIFETIME = Duration.ofHours(8);
    public static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");
    public static final Lifespan LIFESPAN = new Lifespan(IDLE, LIFETIME, true);
    public static final SandboxLimits TOTALS = new SandboxLimits(3, 3L << 29);
    public static final Terms TERMS =
            Terms.DEFAULT.withLifespan(LIFESPAN).withCheckpoints(new CheckpointLimits(3, 1000));

    public final FakeFactory factory = new FakeFactory();
    public final AtomicLong nanos = new AtomicLong();
    public final List<Throwable> errors = Collections.synchronizedList(new ArrayList<>());
    public final SandboxSessions sessions;

    public SessionFixture(Path directory) {
        this(directory, TERMS.checkpoints(), PoolLimits.NONE);
    }

    public SessionFixture(Path directory, CheckpointLimits checkpoints, PoolLimits pool) {
        this(directory, checkpoints, pool, TOTALS, _ -> Quota.NONE);
    }

    /** Sessions with these totals and quotas. */
    public SessionFixture(
            Path directory,
            CheckpointLimits checkpoints,
            PoolLimits pool,
            SandboxLimits totals,
            Function<String, Quota> quotas) {
        this(
                directory,
                namespace ->
                        TERMS.withSandbox(sandbox(namespace))
                                .withQuota(quotas.apply(namespace))
                                .withCheckpoints(checkpoints),
                pool,
                totals);
    }

    private static SandboxConfig sandbox(String namespace) {
        return SandboxConfig.DEFAULT.withCpus(
                switch (namespace) {
                    case "large" -> 3;
                    case "medium" -> 2;
                    default -> 1;
                });
    }

    /** Sessions with these terms, which may change. */
    public SessionFixture(
            Path directory, Function<String, Terms> terms, PoolLimits pool, SandboxLimits totals) {
        sessions =
                new SandboxSessions(
                        factory,
                        terms,
                        totals,
                        pool,
                        directory,
                        new SessionClock(nanos::get, () -> BEGIN.plusNanos(nanos.get())));
    }

    /** A client that is identified by a note. */
    public static SessionClient client(String note) {
        return new SessionClient("default", null, note);
    }

    public void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    /** A session over HTTP, which can be resumed after the server was killed. */
    public SandboxSession session(String id) {
        sessions.remember(id, client("note of " + id));
        return sessions.session(id, "default");
    }

    /** A call of a session's own computer. */
    public FakeSandbox call(String id) throws InterruptedException {
        return call(id, "");
    }

    public FakeSandbox call(String id, String computer) throws InterruptedException {
        try (SandboxLease lease =
                session(id).acquire(computer, Lane.FREE, SessionFixture::nothing)) {
            return (FakeSandbox) lease.sandbox();
        }
    }

    public String notice(String id) throws InterruptedException {
        try (SandboxLease lease = session(id).acquire("", Lane.FREE, SessionFixture::nothing)) {
            return lease.notice().orElse("");
        }
    }

    public Checkpoint checkpoint(String id, String label) throws InterruptedException {
        return session(id).checkpoint("", label, SessionFixture::nothing).made();
    }

    public Checkpoint restore(String id, String name) throws InterruptedException {
        return session(id).restore("", name, SessionFixture::nothing);
    }

    public String fork(String id) throws InterruptedException {
        return session(id).fork("", SessionFixture::nothing).made();
    }

    public static void nothing() {}

    public interface Action {
        void run() throws Exception;
    }

    /** Runs an action concurrently with the test. Its exception is added to the errors. */
    public Thread start(Action action) {
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
        // A failed test must not hang in addition.
        factory.started.forEach(FakeSandbox::openGates);
        sessions.close();
    }
}
