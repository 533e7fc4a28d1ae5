package dev.microsandbox.mcp.session;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.microsandbox.mcp.session.computer.Lane;
import dev.microsandbox.mcp.session.computer.SandboxLease;
import dev.microsandbox.mcp.session.disk.Leftovers;
import dev.microsandbox.mcp.session.limits.SessionException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sessions that are resumed after a restart of the server. */
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
            assertThat(before.sessions.keep("a", SessionFixture.client("a note"))).isTrue();
            assertThat(before.factory.started).allMatch(FakeSandbox::isClosed);
            assertThat(before.sessions.sandboxes()).isZero();
        }
        assertThat(directory.resolve("a/session")).exists();

        try (SessionFixture after = new SessionFixture(directory)) {
            after.pass(Duration.ofMinutes(10));
            assertThat(after.sessions.kept("a")).contains(SessionFixture.client("a note"));
            assertThat(after.notice("a")).startsWith("The computer was suspended for 10 min");
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
            before.sessions.keep("a", SessionFixture.client(""));
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
            before.sessions.keep("a", SessionFixture.client(""));
        }
        try (SessionFixture idle = new SessionFixture(directory)) {
            assertThat(idle.sessions.keep("a", SessionFixture.client(""))).isTrue();
        }
        try (SessionFixture after = new SessionFixture(directory)) {
            assertThat(after.call("a").content).containsKey("file");
        }
    }

    @Test
    void oneThatEndsUnusedLeavesNothing() throws InterruptedException {
        try (SessionFixture before = new SessionFixture(directory)) {
            use(before);
            before.sessions.keep("a", SessionFixture.client(""));
        }
        try (SessionFixture after = new SessionFixture(directory)) {
            after.sessions.end("a");
            assertThat(directory).isEmptyDirectory();
        }
    }

    @Test
    void whatCannotBeSavedIsLostAndSaidToBeSo() throws InterruptedException {
        try (SessionFixture before = new SessionFixture(directory)) {
            before.checkpoint("a", "base");
            String fork = before.fork("a");
            before.call("a").diskFull(true);
            before.call("a", fork).content.put("file", "of the fork".getBytes(UTF_8));
            assertThat(before.sessions.keep("a", SessionFixture.client(""))).isTrue();
            assertThat(before.factory.started).allMatch(FakeSandbox::isClosed);
        }
        try (SessionFixture after = new SessionFixture(directory)) {
            assertThat(after.call("a", "f1").content).containsKey("file");
            assertThat(after.notice("a"))
                    .isEqualTo(
                            "The sandbox was closed because the server stopped and could not save"
                                    + " it; a new one was started. Earlier variables, files and"
                                    + " processes are gone. The tool restore brings back checkpoint"
                                    + " c1 (base).");
        }
    }

    @Test
    void aForkThatIsGoneIsStillSaidToBeSo() throws InterruptedException {
        try (SessionFixture before = new SessionFixture(directory)) {
            use(before);
            before.call("a", "f1").die();
            before.sessions.keep("a", SessionFixture.client(""));
        }
        try (SessionFixture after = new SessionFixture(directory)) {
            assertThatThrownBy(() -> after.call("a", "f1"))
                    .isInstanceOf(SessionException.class)
                    .hasMessageStartingWith("Computer f1 ended unexpectedly");
            assertThat(after.call("a").content).containsKey("file");
        }
    }

    @Test
    void whereThereIsNothingNothingIsKept() throws InterruptedException {
        try (SessionFixture fixture = new SessionFixture(directory)) {
            fixture.call("a").unsavable();
            assertThat(fixture.sessions.keep("a", SessionFixture.client(""))).isFalse();
            assertThat(fixture.factory.last().isClosed()).isTrue();
            assertThat(directory).isEmptyDirectory();

            fixture.session("b");
            assertThat(fixture.sessions.keep("b", SessionFixture.client(""))).isFalse();
            assertThat(fixture.sessions.keep("unknown", SessionFixture.client(""))).isFalse();
            assertThat(fixture.sessions.keep("../x", SessionFixture.client(""))).isFalse();
        }
    }

    @Test
    void aSandboxThatOnlyStartsCostsTheOthersNothing() throws InterruptedException {
        try (SessionFixture before = new SessionFixture(directory)) {
            use(before);
            before.call("a").die();
            before.factory.holdStarts();
            Thread starting = before.start(() -> before.call("a"));
            await().until(() -> starting.getState() == Thread.State.WAITING);
            await().until(() -> before.sessions.sandboxes() == 2);
            assertThat(before.sessions.keep("a", SessionFixture.client(""))).isTrue();
            starting.join();
        }
        try (SessionFixture after = new SessionFixture(directory)) {
            assertThat(after.call("a", "f1").content).containsKey("file");
            assertThat(after.notice("a")).startsWith("The sandbox ended unexpectedly");
        }
    }

    @Test
    void aLateCallIsTurnedAwayAndCostsNothing() throws InterruptedException {
        try (SessionFixture before = new SessionFixture(directory)) {
            use(before);
            before.sessions.keep("a", SessionFixture.client(""));
            assertThatThrownBy(() -> before.call("a"))
                    .isInstanceOf(SessionException.class)
                    .hasMessageStartingWith("The server is stopping");
            before.sessions.end("a");
        }
        try (SessionFixture unused = new SessionFixture(directory)) {
            unused.sessions.keep("a", SessionFixture.client(""));
            assertThatThrownBy(() -> unused.call("a"))
                    .isInstanceOf(SessionException.class)
                    .hasMessageStartingWith("The server is stopping");
        }
        try (SessionFixture after = new SessionFixture(directory)) {
            assertThat(after.call("a").content).containsKey("file");
        }
    }

    @Test
    void aStopWaitsForACheckpointThatIsBeingWritten() throws InterruptedException {
        try (SessionFixture before = new SessionFixture(directory)) {
            FakeSandbox sandbox = before.call("a");
            CountDownLatch gate = sandbox.holdSaves();
            Thread saving = before.start(() -> before.checkpoint("a", "base"));
            await().until(() -> sandbox.saves.get() == 1);
            Thread stopping =
                    before.start(() -> before.sessions.keep("a", SessionFixture.client("")));
            await().until(() -> stopping.getState() == Thread.State.WAITING);
            gate.countDown();
            saving.join();
            stopping.join();
            assertThat(before.errors).isEmpty();
        }
        try (SessionFixture after = new SessionFixture(directory)) {
            assertThat(after.notice("a")).startsWith("The computer was suspended");
            assertThat(after.restore("a", "base").id()).isEqualTo("c1");
        }
    }

    @Test
    void aStopWhileItFallsAsleepKeepsIt() throws InterruptedException {
        try (SessionFixture before = new SessionFixture(directory)) {
            FakeSandbox sandbox = before.call("a");
            CountDownLatch gate = sandbox.holdSaves();
            before.pass(SessionFixture.IDLE);
            before.sessions.sweep();
            await().until(() -> sandbox.saves.get() == 1);
            Thread stopping =
                    before.start(() -> before.sessions.keep("a", SessionFixture.client("")));
            await().until(() -> stopping.getState() == Thread.State.WAITING);
            gate.countDown();
            stopping.join();
            assertThat(sandbox.saves).hasValue(1);
        }
        try (SessionFixture after = new SessionFixture(directory)) {
            assertThat(after.notice("a")).startsWith("The computer was suspended");
        }
    }

    @Test
    void checkpointsAloneAreKeptToo() throws InterruptedException {
        try (SessionFixture before = new SessionFixture(directory)) {
            before.checkpoint("a", "base");
            before.call("a").die();
            before.sessions.sweep();
            assertThat(before.sessions.keep("a", SessionFixture.client(""))).isTrue();
        }
        try (SessionFixture after = new SessionFixture(directory)) {
            after.restore("a", "base");
            assertThat(after.factory.started).hasSize(1);
        }
    }

    @Test
    void onlyWhatIsStillWorthSomethingIsKeptAtAStart() throws InterruptedException {
        try (SessionFixture before = new SessionFixture(directory)) {
            use(before);
            before.sessions.keep("a", SessionFixture.client(""));
        }
        Leftovers.remove(
                directory, SessionFixture.BEGIN.plus(SessionFixture.LIFETIME).minusSeconds(1));
        assertThat(directory.resolve("a")).exists();
        Leftovers.remove(directory, SessionFixture.BEGIN.plus(SessionFixture.LIFETIME));
        assertThat(directory).isEmptyDirectory();
    }
}
