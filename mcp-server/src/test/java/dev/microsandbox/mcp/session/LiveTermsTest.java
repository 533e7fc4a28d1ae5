package dev.microsandbox.mcp.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.microsandbox.mcp.session.computer.Lane;
import dev.microsandbox.mcp.session.disk.Checkpoint;
import dev.microsandbox.mcp.session.limits.CheckpointLimits;
import dev.microsandbox.mcp.session.limits.Lifespan;
import dev.microsandbox.mcp.session.limits.PoolLimits;
import dev.microsandbox.mcp.session.limits.SessionException;
import dev.microsandbox.mcp.session.limits.Terms;
import dev.microsandbox.vmm.SandboxConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of open sessions when the terms of their namespace change. */
@Timeout(30)
class LiveTermsTest {

    private static final Duration SHORT = Duration.ofMinutes(2);
    private static final Duration MOMENT = Duration.ofSeconds(1);

    @TempDir Path directory;

    private final Map<String, Terms> terms = new ConcurrentHashMap<>();

    @SuppressWarnings("NullAway.Init")
    private SessionFixture fixture;

    @BeforeEach
    void open() {
        fixture =
                new SessionFixture(
                        directory,
                        namespace -> terms.getOrDefault(namespace, SessionFixture.TERMS),
                        PoolLimits.NONE,
                        SessionFixture.TOTALS);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private void set(Lifespan lifespan) {
        terms.put("default", SessionFixture.TERMS.withLifespan(lifespan));
    }

    private void set(int maxCount, long maxBytes) {
        terms.put(
                "default",
                SessionFixture.TERMS.withCheckpoints(new CheckpointLimits(maxCount, maxBytes)));
    }

    private void set(SandboxConfig sandbox) {
        terms.put("default", SessionFixture.TERMS.withSandbox(sandbox));
    }

    private String state(String session) {
        return fixture.session(session).computers().getFirst().state();
    }

    private void pass(Duration time) {
        fixture.pass(time);
        fixture.sessions.sweep();
    }

    @Test
    void anIdleTimeCountsAtOnceAndForItsNamespaceAlone() throws InterruptedException {
        fixture.call("a");
        fixture.sessions.session("b", "other").acquire("", Lane.FREE, () -> {}).close();
        pass(SHORT);
        assertThat(state("a")).isEqualTo("running");

        set(new Lifespan(SHORT, SessionFixture.LIFETIME, true));
        fixture.sessions.sweep();
        await().until(() -> state("a").equals("suspended"));
        assertThat(fixture.sessions.session("b", "other").computers().getFirst().state())
                .isEqualTo("running");
    }

    @Test
    void aLongerIdleTimeLetsAnIdleSandboxRunOn() throws InterruptedException {
        fixture.call("a");
        set(new Lifespan(SessionFixture.IDLE.multipliedBy(2), SessionFixture.LIFETIME, true));
        pass(SessionFixture.IDLE.plus(MOMENT));
        assertThat(state("a")).isEqualTo("running");
    }

    @Test
    void aLifetimeCountsAtOnce() throws InterruptedException {
        fixture.call("a");
        pass(SHORT);
        set(new Lifespan(SessionFixture.IDLE, SHORT, true));
        fixture.sessions.sweep();
        assertThat(fixture.notice("a")).contains("was closed at the end of its lifetime of 2 min");
    }

    @Test
    void withoutSuspensionAnIdleSandboxIsClosedAndNothingOutlivesTheServer()
            throws InterruptedException {
        fixture.checkpoint("a", "");
        Path record = directory.resolve("a/session");
        assertThat(record).exists();

        set(new Lifespan(SessionFixture.IDLE, SessionFixture.LIFETIME, false));
        fixture.sessions.sweep();
        assertThat(record).doesNotExist();
        pass(SessionFixture.IDLE);
        assertThat(fixture.notice("a")).contains("was closed after 15 min without a call");
        assertThat(fixture.sessions.keep("a", SessionFixture.client(""))).isFalse();
    }

    @Test
    void whatIsOnTheDiskIsKeptForAsLongAsTheLifetimeIsNow() throws InterruptedException {
        fixture.checkpoint("a", "");
        Path record = directory.resolve("a/session");
        Instant until = SessionFixture.BEGIN.plus(SessionFixture.LIFETIME);
        assertThat(record).content().contains(until.toString());

        set(new Lifespan(SessionFixture.IDLE, SessionFixture.LIFETIME.multipliedBy(2), true));
        fixture.sessions.sweep();
        until = until.plus(SessionFixture.LIFETIME);
        assertThat(record).content().contains(until.toString());
    }

    @Test
    void aLowerLimitOfCheckpointsTakesNoneAway() throws InterruptedException {
        fixture.checkpoint("a", "first");
        fixture.checkpoint("a", "second");
        set(1, 1000);
        assertThatThrownBy(() -> fixture.checkpoint("a", ""))
                .isInstanceOf(SessionException.class)
                .hasMessageContaining("This session has 2 checkpoints, as many as it may");
        assertThat(fixture.session("a").checkpoints().checkpoints())
                .extracting(Checkpoint::label)
                .containsExactly("first", "second");
        assertThat(fixture.session("a").checkpoints().limits().maxCount()).isEqualTo(1);

        set(3, 1000);
        fixture.checkpoint("a", "third");
        assertThat(fixture.restore("a", "third").label()).isEqualTo("third");
    }

    @Test
    void aLimitOfTheirSizeCountsForTheNextCheckpoint() throws InterruptedException {
        fixture.call("a").putFile("x".repeat(600));
        fixture.checkpoint("a", "");
        set(3, 500);
        assertThatThrownBy(() -> fixture.checkpoint("a", ""))
                .isInstanceOf(SessionException.class)
                .hasMessageContaining("600 bytes of the 500 bytes that they may");
    }

    @Test
    void timesToStartAreThoseOfTheMomentAndTheSizeIsThatOfTheSession() throws InterruptedException {
        SandboxConfig first = SandboxConfig.DEFAULT.withStartTimeout(SHORT);
        set(first);
        fixture.call("a");
        fixture.factory.last().die();
        SandboxConfig next =
                first.withStartTimeout(null).withInterpreterTimeout(Duration.ofMinutes(3));
        set(next.withCpus(2).withImage("lean"));
        fixture.call("a");
        fixture.fork("a");
        assertThat(fixture.factory.configs).containsExactly(first, next, next);

        fixture.sessions.end("a");
        fixture.call("b");
        assertThat(fixture.factory.configs).last().isEqualTo(next.withCpus(2).withImage("lean"));
    }

    @Test
    void aSleeperWakesWithTheTimesOfTheMoment() throws InterruptedException {
        fixture.call("a");
        pass(SessionFixture.IDLE);
        await().until(() -> state("a").equals("suspended"));
        SandboxConfig next = SandboxConfig.DEFAULT.withInterpreterTimeout(SHORT);
        set(next);
        fixture.call("a");
        assertThat(fixture.factory.configs).last().isEqualTo(next);
    }
}
