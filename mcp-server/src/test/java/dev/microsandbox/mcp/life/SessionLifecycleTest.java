package dev.microsandbox.mcp.life;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class SessionLifecycleTest {

    private static final Duration IDLE = Duration.ofMinutes(15);
    private static final Duration LIFETIME = Duration.ofHours(8);
    private static final SessionTimes TIMES = new SessionTimes(IDLE, LIFETIME);

    private final AtomicLong clock = new AtomicLong();
    private final Host host = new Host();
    private final Map<String, SessionTimes> times = new ConcurrentHashMap<>();
    private final SessionLifecycle lifecycle =
            new SessionLifecycle(
                    namespace -> times.getOrDefault(namespace, TIMES),
                    () -> Duration.ofMillis(5),
                    host,
                    clock::get);

    private static final class Host implements SessionHost {
        final List<String> log = new CopyOnWriteArrayList<>();
        final AtomicInteger sweeps = new AtomicInteger();
        volatile boolean keeps;

        @Override
        public void begin() {
            log.add("begin");
        }

        @Override
        public void remember(String sessionId, SessionClient client) {
            log.add("remember " + sessionId);
        }

        @Override
        public boolean keep(String sessionId, SessionClient client) {
            log.add("keep " + sessionId);
            return keeps;
        }

        @Override
        public Optional<SessionClient> kept(String sessionId) {
            return Optional.empty();
        }

        @Override
        public void end(String sessionId) {
            log.add("end " + sessionId);
        }

        @Override
        public void sweep() {
            sweeps.incrementAndGet();
        }
    }

    private final class Connection implements SessionConnection {
        final String id;
        final AtomicInteger closes = new AtomicInteger();
        volatile boolean busy;
        volatile boolean allowed = true;
        volatile boolean lasting;
        String namespace = "default";

        Connection(String id) {
            this.id = id;
        }

        @Override
        public String id() {
            return id;
        }

        @Override
        public Object owner() {
            return id;
        }

        @Override
        public String namespace() {
            return namespace;
        }

        @Override
        public boolean isOwnerAllowed() {
            return allowed;
        }

        @Override
        public boolean isBusy() {
            return busy;
        }

        @Override
        public Optional<SessionClient> client() {
            return lasting
                    ? Optional.of(new SessionClient("default", null, null))
                    : Optional.empty();
        }

        @Override
        public void close() {
            closes.incrementAndGet();
            host.log.add("close " + id);
        }
    }

    @AfterEach
    void close() {
        lifecycle.close();
    }

    private Connection open(String id) {
        Connection connection = new Connection(id);
        lifecycle.open(connection);
        return connection;
    }

    private void sweepTwice() {
        int before = host.sweeps.get();
        await().until(() -> host.sweeps.get() >= before + 2);
    }

    @Test
    void oneThatIdlesEndsOnceItsConnectionFirst() {
        Connection idle = open("a");
        Connection busy = open("b");
        busy.busy = true;
        open("c");
        clock.addAndGet(IDLE.toNanos());
        sweepTwice();
        assertThat(host.log).containsExactly("begin");
        lifecycle.use("c");
        clock.addAndGet(1);
        await().until(() -> host.log.contains("end a"));
        sweepTwice();
        assertThat(host.log).containsExactly("begin", "close a", "end a");
        lifecycle.end("a", "again");
        assertThat(idle.closes).hasValue(1);
        assertThat(lifecycle.find("a")).isEmpty();
        assertThat(lifecycle.find("b")).contains(busy);
    }

    @Test
    void anOldOneEndsWhateverItDoes() {
        open("a").busy = true;
        clock.addAndGet(LIFETIME.toNanos() + 1);
        await().until(() -> host.log.contains("end a"));
    }

    @Test
    void theTimesAreThoseOfItsNamespaceNow() {
        times.put("team-a", new SessionTimes(IDLE.multipliedBy(2), LIFETIME));
        open("a");
        Connection longer = new Connection("b");
        longer.namespace = "team-a";
        lifecycle.open(longer);
        clock.addAndGet(IDLE.toNanos() + 1);
        await().until(() -> host.log.contains("end a"));
        sweepTwice();
        assertThat(lifecycle.find("b")).contains(longer);

        times.put("team-a", new SessionTimes(IDLE, LIFETIME));
        await().until(() -> host.log.contains("end b"));
    }

    @Test
    void oneWhoseOwnerIsNotLetInAnyMoreEnds() {
        Connection connection = open("a");
        sweepTwice();
        connection.allowed = false;
        await().until(() -> host.log.contains("end a"));
    }

    @Test
    void atTheStopWhatCanGoOnIsKeptAndTheRestEnds() throws InterruptedException {
        host.keeps = true;
        Connection lasting = new Connection("a");
        lasting.lasting = true;
        lifecycle.open(lasting);
        open("b");
        lifecycle.beginStop();
        clock.addAndGet(LIFETIME.toNanos() * 2);
        sweepTwice();
        assertThat(host.log).containsExactlyInAnyOrder("begin", "remember a");
        lifecycle.stopAll();
        assertThat(host.log).contains("close a", "keep a", "close b", "end b");
        assertThat(host.log).doesNotContain("end a", "keep b");
        assertThat(lifecycle.all()).isEmpty();
    }

    @Test
    void whatIsNotKeptEnds() throws InterruptedException {
        Connection lasting = new Connection("a");
        lasting.lasting = true;
        lifecycle.open(lasting);
        lifecycle.stopAll();
        assertThat(host.log).containsSubsequence("close a", "keep a", "end a");
    }
}
