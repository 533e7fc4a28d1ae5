package dev.microsandbox.mcp.session;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sessions that go on after the server was stopped and started. */
@Timeout(30)
class RestartTest {

    @TempDir Path directory;

    private void use(SessionFixture fixture) throws InterruptedException {
        fixture.call("a").content.put("file", "kept".getBytes(UTF_8));
        fixture.checkpoint("a", "base");
        String fork = fixture.fork("a");
        fixture.call("a", fork).content.put("file", "of the fork".getBytes(UTF_8));
    }

    @Test
    void goesOnWithComputersCheckpointsAndForks() throws InterruptedException {
        try (SessionFixture before = new SessionFixture(directory)) {
            use(before);
            assertThat(before.sessions.keep("a", "a note")).isTrue();
            assertThat(before.factory.started).allMatch(FakeSandbox::isClosed);
            assertThat(before.sessions.sandboxes()).isZero();
        }
        assertThat(directory.resolve("a/session.json")).exists();

        try (SessionFixture after = new SessionFixture(directory)) {
            after.pass(Duration.ofMinutes(10));
            assertThat(after.sessions.kept("a")).contains("a note");
            assertThat(after.notice("a")).startsWith("The computer was suspended for 10 min");
            assertThat(directory.resolve("a/session.json")).doesNotExist();
            FakeSandbox own = after.call("a");
            assertThat(own.content.get("file")).asString(UTF_8).isEqualTo("kept");
            assertThat(after.call("a", "f1").content.get("file"))
                    .asString(UTF_8)
                    .isEqualTo("of the fork");
            after.restore("a", "base");
            assertThat(own.restores).hasValue(1);
            assertThat(after.checkpoint("a", "").id()).isEqualTo("c2");
            assertThat(after.fork("a")).isEqualTo("f2");
        }
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void itsLifetimeCountsOverTheStop() throws InterruptedException {
        try (SessionFixture before = new SessionFixture(directory)) {
            before.call("a");
            before.sessions.keep("a", "");
        }
        try (SessionFixture after = new SessionFixture(directory)) {
            after.pass(Duration.ofHours(7));
            try (SandboxLease lease =
                    after.session("a").acquire("", Lane.FREE, SessionFixture::nothing)) {
                assertThat(lease.remainingLifetime()).isEqualTo(Duration.ofHours(1));
            }
        }
    }

    @Test
    void oneThatNobodyUsedWaitsForTheNextStartToo() throws InterruptedException {
        try (SessionFixture before = new SessionFixture(directory)) {
            use(before);
            before.sessions.keep("a", "");
        }
        try (SessionFixture idle = new SessionFixture(directory)) {
            assertThat(idle.sessions.keep("a", "")).isTrue();
        }
        try (SessionFixture after = new SessionFixture(directory)) {
            assertThat(after.call("a").content).containsKey("file");
        }
    }

    @Test
    void oneThatEndsUnusedLeavesNothing() throws InterruptedException {
        try (SessionFixture before = new SessionFixture(directory)) {
            use(before);
            before.sessions.keep("a", "");
        }
        try (SessionFixture after = new SessionFixture(directory)) {
            after.sessions.end("a");
            assertThat(directory).isEmptyDirectory();
        }
    }

    @Test
    void whatCannotBeSavedIsNotKept() throws InterruptedException {
        try (SessionFixture fixture = new SessionFixture(directory)) {
            fixture.checkpoint("a", "");
            fixture.call("a").unsavable();
            assertThat(fixture.sessions.keep("a", "")).isFalse();
            assertThat(fixture.factory.last().isClosed()).isTrue();
            assertThat(directory).isEmptyDirectory();

            fixture.session("b");
            assertThat(fixture.sessions.keep("b", "")).isFalse();
            assertThat(fixture.sessions.keep("unknown", "")).isFalse();
            assertThat(fixture.sessions.keep("../x", "")).isFalse();
        }
    }

    @Test
    void checkpointsAloneAreKeptToo() throws InterruptedException {
        try (SessionFixture before = new SessionFixture(directory)) {
            before.checkpoint("a", "base");
            before.call("a").die();
            before.sessions.sweep();
            assertThat(before.sessions.keep("a", "")).isTrue();
        }
        try (SessionFixture after = new SessionFixture(directory)) {
            after.restore("a", "base");
            assertThat(after.factory.started).hasSize(1);
        }
    }

    @Test
    void aDamagedOneIsNotOffered() throws Exception {
        try (SessionFixture before = new SessionFixture(directory)) {
            use(before);
            before.sessions.keep("a", "");
        }
        Files.writeString(directory.resolve("a/session.json"), "{\"note\":");
        try (SessionFixture after = new SessionFixture(directory)) {
            assertThat(after.sessions.kept("a")).isEmpty();
        }
    }

    @Test
    void onlyWhatIsStillWorthSomethingIsKeptAtAStart() throws InterruptedException {
        try (SessionFixture before = new SessionFixture(directory)) {
            use(before);
            before.sessions.keep("a", "");
        }
        SessionDirectory.removeLeftovers(
                directory, SessionFixture.BEGIN.plus(SessionFixture.LIFETIME).minusSeconds(1));
        assertThat(directory.resolve("a")).exists();
        SessionDirectory.removeLeftovers(
                directory, SessionFixture.BEGIN.plus(SessionFixture.LIFETIME));
        assertThat(directory).isEmptyDirectory();
    }
}
