package dev.microsandbox.mcp.session;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.microsandbox.mcp.session.computer.Lane;
import dev.microsandbox.mcp.session.computer.SandboxLease;
import dev.microsandbox.mcp.session.computer.SessionClock;
import dev.microsandbox.mcp.session.disk.EachByteChanged;
import dev.microsandbox.mcp.session.disk.SessionDirectory;
import dev.microsandbox.mcp.session.limits.PoolLimits;
import dev.microsandbox.mcp.session.limits.SessionException;
import dev.microsandbox.mcp.session.supply.OwnCapacity;
import dev.microsandbox.mcp.session.supply.SandboxSupply;
import dev.microsandbox.vmm.CheckpointException;
import dev.microsandbox.vmm.storage.FileTree;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Full disks and damaged files. */
@Timeout(60)
class FaultsTest {

    @TempDir Path directory;

    private void idle(SessionFixture fixture, FakeSandbox sandbox, int saves) {
        fixture.pass(SessionFixture.IDLE);
        fixture.sessions.sweep();
        await().until(() -> sandbox.saves.get() == saves);
    }

    @Test
    void aFullDiskLeavesAnIdleSandboxAwakeAndIsLoggedOnce() throws InterruptedException {
        Logger logger =
                (Logger)
                        LoggerFactory.getLogger("dev.microsandbox.mcp.session.computer.Suspension");
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        logger.addAppender(log);
        try (SessionFixture fixture = new SessionFixture(directory)) {
            FakeSandbox sandbox = fixture.call("a");
            sandbox.diskFull(true);
            idle(fixture, sandbox, 1);
            assertThat(fixture.call("a")).isSameAs(sandbox);
            assertThat(fixture.notice("a")).isEmpty();
            assertThat(directory.resolve("a/suspended")).isEmptyDirectory();

            idle(fixture, sandbox, 2);
            assertThat(fixture.call("a")).isSameAs(sandbox);
            assertThat(log.list)
                    .filteredOn(event -> event.getLevel() == Level.WARN)
                    .singleElement()
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .asString()
                    .contains("There is no room on the host's disk.")
                    .contains(directory.resolve("a").toString())
                    .contains("make room there, or set session.suspend to false");

            sandbox.diskFull(false);
            idle(fixture, sandbox, 3);
            await().until(sandbox::isClosed);
            assertThat(fixture.notice("a")).startsWith("The computer was suspended");
        } finally {
            logger.detachAppender(log);
        }
    }

    @Test
    void whatCannotBeSavedLivesToTheEndOfItsLifetime() throws InterruptedException {
        try (SessionFixture fixture = new SessionFixture(directory)) {
            FakeSandbox sandbox = fixture.call("a").unsavable();
            fixture.pass(SessionFixture.IDLE);
            fixture.sessions.sweep();
            assertThat(fixture.call("a")).isSameAs(sandbox);
            fixture.pass(SessionFixture.LIFETIME);
            fixture.sessions.sweep();
            assertThat(sandbox.isClosed()).isTrue();
            assertThat(fixture.notice("a")).contains("at the end of its lifetime of 8 h");
        }
    }

    @Test
    void aPlaceThatCannotBeMadeIsSaidWithoutItsPath() throws Exception {
        try (SessionFixture fixture = new SessionFixture(directory)) {
            FakeSandbox sandbox = fixture.call("a");
            Files.createFile(directory.resolve("a"));
            assertThatThrownBy(() -> fixture.checkpoint("a", ""))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("cannot be written on the server")
                    .hasMessageContaining("The computer goes on")
                    .hasMessageNotContaining(directory.toString());
            assertThatThrownBy(() -> fixture.fork("a"))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageNotContaining(directory.toString());
            fixture.pass(SessionFixture.IDLE);
            fixture.sessions.sweep();
            assertThat(fixture.call("a")).isSameAs(sandbox);
            assertThat(fixture.sessions.sandboxes()).isEqualTo(1);
            Files.delete(directory.resolve("a"));
            assertThat(fixture.checkpoint("a", "").id()).isEqualTo("c2");
        }
    }

    @Test
    void aFullDiskCostsNoCheckpointsRoom() throws InterruptedException {
        try (SessionFixture fixture = new SessionFixture(directory)) {
            FakeSandbox sandbox = fixture.call("a");
            sandbox.diskFull(true);
            for (int i = 0; i < 5; i++) {
                assertThatThrownBy(() -> fixture.checkpoint("a", ""))
                        .isInstanceOf(CheckpointException.class)
                        .hasMessage("There is no room on the host's disk.");
            }
            assertThat(directory.resolve("a/checkpoints")).isEmptyDirectory();
            sandbox.diskFull(false);
            fixture.checkpoint("a", "");
            assertThat(fixture.session("a").checkpoints().checkpoints()).hasSize(1);
            assertThat(fixture.call("a")).isSameAs(sandbox);
        }
    }

    @Test
    void aSleeperWhoseFilesAreDamagedIsTheOnlyOneConcerned() throws Exception {
        twoWaiting();
        FileTree.delete(directory.resolve("a/suspended/main"));
        try (SessionFixture after = new SessionFixture(directory)) {
            assertThat(after.notice("a"))
                    .startsWith("The sandbox was suspended and could not be woken")
                    .contains("restore brings back checkpoint c2");
            assertThat(after.call("b").content).containsKey("file");
        }
    }

    /** Leaves two sessions with two checkpoints each on the disk. */
    private void twoWaiting() throws InterruptedException {
        try (SessionFixture before = new SessionFixture(directory)) {
            for (String session : List.of("a", "b")) {
                before.call(session).content.put("file", "kept".getBytes(UTF_8));
                before.checkpoint(session, "first");
                before.checkpoint(session, "second");
                before.sessions.keep(session, SessionFixture.client("note of " + session));
            }
        }
    }

    @Test
    void aSessionFileWithAnyWrongByteIsNotOffered() throws Exception {
        twoWaiting();
        SessionDirectory waiting = new SessionDirectory(directory, "a");
        EachByteChanged.check(
                directory.resolve("a/session"),
                () -> assertThat(waiting.kept(SessionFixture.BEGIN)).isEmpty());
        Files.writeString(directory.resolve("b/session"), "");
        try (SessionFixture after = new SessionFixture(directory)) {
            assertThat(after.sessions.kept("b")).isEmpty();
            await().until(() -> Files.notExists(directory.resolve("b")));
            assertThat(after.sessions.kept("a")).contains(SessionFixture.client("note of a"));
            assertThat(after.call("a").content).containsKey("file");
        }
    }

    @Test
    void aSessionFileThatIsDamagedAsItIsTakenOverIsALoss() throws Exception {
        twoWaiting();
        Files.writeString(directory.resolve("a/session"), "{}\n");
        try (SessionFixture fixture = new SessionFixture(directory.resolve("elsewhere"))) {
            SandboxSession session =
                    new SandboxSession(
                            null,
                            () -> SessionFixture.TERMS,
                            new SandboxSupply(
                                    fixture.factory,
                                    new OwnCapacity(1, 1L << 30),
                                    PoolLimits.NONE,
                                    fixture.nanos::get),
                            new SessionDirectory(directory, "a"),
                            SessionClock.SYSTEM);
            session.takeOver();
            try (SandboxLease lease = session.acquire("", Lane.FREE, SessionFixture::nothing)) {
                assertThat(lease.notice().orElse(""))
                        .startsWith("The sandbox was suspended, and its files are damaged; a new");
            }
            session.end("");
            assertThat(directory.resolve("a")).doesNotExist();
        }
    }

    @Test
    void aDamagedCheckpointIsNamedAndTheOthersAreThere() throws Exception {
        twoWaiting();
        Files.writeString(directory.resolve("a/checkpoints/c2/checkpoint"), "{}");
        Files.createDirectories(directory.resolve("a/checkpoints/c7/state"));
        try (SessionFixture after = new SessionFixture(directory)) {
            assertThatThrownBy(() -> after.restore("a", "second"))
                    .isInstanceOf(SessionException.class)
                    .hasMessage(
                            "There is no checkpoint \"second\". There are: c1 (first). Damaged on"
                                    + " the server's disk, and therefore removed: c2.");
            assertThat(after.restore("a", "").id()).isEqualTo("c1");
            assertThat(directory.resolve("a/checkpoints/c2")).doesNotExist();
            // An incomplete checkpoint does not exist.
            assertThat(directory.resolve("a/checkpoints/c7")).doesNotExist();
            assertThat(after.checkpoint("a", "").id()).isEqualTo("c3");
            assertThat(after.restore("b", "second").id()).isEqualTo("c2");
        }
    }

    @Test
    void aSessionThatCannotBeWrittenEndsAndLeavesNothing() throws InterruptedException {
        try (SessionFixture fixture = new SessionFixture(directory)) {
            FakeSandbox sandbox = fixture.call("a");
            fixture.checkpoint("a", "");
            assertThat(fixture.sessions.keep("a", SessionFixture.client("n".repeat(1 << 20))))
                    .isFalse();
            assertThat(sandbox.isClosed()).isTrue();
            assertThat(directory).isEmptyDirectory();
        }
    }
}
