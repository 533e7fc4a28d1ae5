package dev.microsandbox.mcp.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.microsandbox.mcp.session.computer.Lane;
import dev.microsandbox.mcp.session.computer.SandboxLease;
import dev.microsandbox.mcp.session.disk.Checkpoint;
import dev.microsandbox.mcp.session.limits.CheckpointLimits;
import dev.microsandbox.mcp.session.limits.PoolLimits;
import dev.microsandbox.mcp.session.limits.SessionException;
import dev.microsandbox.vmm.CheckpointException;
import dev.microsandbox.vmm.MimeBundle;
import dev.microsandbox.vmm.RunListener;
import dev.microsandbox.vmm.RunRequest;
import dev.microsandbox.vmm.SandboxLostException;
import dev.microsandbox.vmm.storage.FileTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Making and restoring checkpoints of a session. */
@Timeout(30)
class CheckpointsTest {

    private static final RunListener NOBODY =
            new RunListener() {
                @Override
                public void stdout(byte[] bytes) {}

                @Override
                public void stderr(byte[] bytes) {}

                @Override
                public void display(MimeBundle bundle) {}

                @Override
                public void result(MimeBundle bundle) {}

                @Override
                public void clear() {}
            };

    @TempDir Path directory;
    private SessionFixture fixture;

    @BeforeEach
    void open() {
        fixture = new SessionFixture(directory);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void goesBackInPlaceAsOftenAsWanted() throws InterruptedException {
        FakeSandbox sandbox = fixture.call("a");
        sandbox.putFile("one");
        Checkpoint first = fixture.checkpoint("a", "start");
        sandbox.putFile("two");
        fixture.pass(Duration.ofSeconds(5));
        Checkpoint second = fixture.checkpoint("a", "");
        assertThat(first.id()).isEqualTo("c1");
        assertThat(second.id()).isEqualTo("c2");
        assertThat(second.made()).isEqualTo(SessionFixture.BEGIN.plusSeconds(5));
        assertThat(second.bytes()).isEqualTo(3);

        sandbox.putFile("three");
        assertThat(fixture.restore("a", "")).isEqualTo(second);
        assertThat(sandbox.file()).isEqualTo("two");
        assertThat(fixture.restore("a", "start")).isEqualTo(first);
        assertThat(sandbox.file()).isEqualTo("one");
        assertThat(fixture.restore("a", "c2")).isEqualTo(second);
        assertThat(fixture.call("a").file()).isEqualTo("two");
        assertThat(fixture.factory.started).hasSize(1);
    }

    @Test
    void aLabelMeansItsNewestCheckpoint() throws InterruptedException {
        fixture.checkpoint("a", "same");
        Checkpoint newer = fixture.checkpoint("a", "same");
        assertThat(fixture.restore("a", "same")).isEqualTo(newer);
    }

    @Test
    void namesWhatThereIsWhereThereIsNoSuchCheckpoint() throws InterruptedException {
        assertThatThrownBy(() -> fixture.restore("a", "")).hasMessageContaining("no checkpoints");
        fixture.checkpoint("a", "good");
        assertThatThrownBy(() -> fixture.restore("a", "c9"))
                .isInstanceOf(SessionException.class)
                .hasMessage("There is no checkpoint \"c9\". There are: c1 (good).");
        assertThatThrownBy(() -> fixture.restore("b", "c1")).hasMessageContaining("no checkpoints");
        assertThatThrownBy(() -> fixture.checkpoint("a", "c7")).hasMessageContaining("looks like");
    }

    @Test
    void bringsALostComputerBack() throws InterruptedException {
        fixture.call("a").putFile("kept");
        fixture.checkpoint("a", "");
        fixture.call("a").die();
        fixture.restore("a", "");
        FakeSandbox back = fixture.call("a");
        assertThat(back.file()).isEqualTo("kept");
        assertThat(fixture.notice("a")).isEmpty();
        assertThat(fixture.sessions.sandboxes()).isEqualTo(1);

        // A machine that descends from the checkpoint is restored in place.
        back.putFile("changed");
        fixture.restore("a", "");
        assertThat(back.file()).isEqualTo("kept");
        assertThat(fixture.factory.started).hasSize(2);
    }

    @Test
    void aLossNamesTheCheckpointThatMakesItGood() throws InterruptedException {
        fixture.checkpoint("a", "good");
        fixture.call("a").die();
        assertThat(fixture.notice("a"))
                .endsWith("gone. The tool restore brings back checkpoint c1 (good).");
    }

    @Test
    void aMachineThatIsNotOfTheCheckpointIsReplaced() throws InterruptedException {
        FakeSandbox first = fixture.call("a");
        first.putFile("kept");
        fixture.checkpoint("a", "");
        first.die();
        FakeSandbox second = fixture.call("a");
        fixture.restore("a", "");
        assertThat(second.restores).hasValue(0);
        assertThat(second.isClosed()).isTrue();
        assertThat(fixture.call("a").file()).isEqualTo("kept");
        assertThat(fixture.sessions.sandboxes()).isEqualTo(1);
    }

    @Test
    void aRestoreThatFailsLeavesTheComputerAsItIs() throws Exception {
        FakeSandbox sandbox = fixture.call("a");
        Checkpoint made = fixture.checkpoint("a", "");
        FileTree.delete(directory.resolve("a/checkpoints").resolve(made.id()).resolve("state"));
        sandbox.putFile("now");
        assertThatThrownBy(() -> fixture.restore("a", ""))
                .isInstanceOf(CheckpointException.class)
                .hasMessage("The checkpoint is damaged.");
        assertThat(fixture.call("a").file()).isEqualTo("now");

        fixture.call("a").die();
        FakeSandbox other = fixture.call("a");
        assertThatThrownBy(() -> fixture.restore("a", "")).isInstanceOf(CheckpointException.class);
        assertThat(fixture.call("a")).isSameAs(other);
        assertThat(fixture.sessions.sandboxes()).isEqualTo(1);
    }

    @Test
    void aMachineThatDiesAsItIsPutBackIsSaidToBeLost() throws InterruptedException {
        FakeSandbox sandbox = fixture.call("a");
        fixture.checkpoint("a", "");
        sandbox.onRestore(
                () -> {
                    sandbox.die();
                    throw new SandboxLostException("half done");
                });
        assertThatThrownBy(() -> fixture.restore("a", ""))
                .isInstanceOf(SandboxLostException.class)
                .hasMessageContaining("half done")
                .hasMessageContaining("restore brings back checkpoint c1");
        fixture.restore("a", "");
        assertThat(fixture.call("a").isAlive()).isTrue();
    }

    @Test
    void aCheckpointIsMadeWhileCodeRuns() throws InterruptedException {
        FakeSandbox sandbox = fixture.call("a");
        CountDownLatch finish = new CountDownLatch(1);
        sandbox.onRun(
                (request, listener) -> {
                    finish.await();
                    return FakeSandbox.finished();
                });
        Thread running = fixture.start(() -> run("a"));
        await().until(() -> running.getState() == Thread.State.WAITING);
        assertThat(fixture.checkpoint("a", "").id()).isEqualTo("c1");
        finish.countDown();
        running.join();
        assertThat(fixture.errors).isEmpty();
    }

    private void run(String session) throws InterruptedException {
        try (SandboxLease lease =
                fixture.session(session).acquire("", Lane.CODE, SessionFixture::nothing)) {
            lease.sandbox().run(RunRequest.of("python", "x"), NOBODY);
        }
    }

    @Test
    void callsThatWaitedDuringARestoreDoNothing() throws InterruptedException {
        FakeSandbox sandbox = fixture.call("a");
        fixture.checkpoint("a", "");
        Thread waiting;
        try (SandboxLease holder =
                fixture.session("a").acquire("", Lane.CODE, SessionFixture::nothing)) {
            assertThat(holder.sandbox()).isSameAs(sandbox);
            waiting = fixture.start(() -> run("a"));
            await().until(() -> waiting.getState() == Thread.State.WAITING);
            fixture.restore("a", "");
        }
        waiting.join();
        assertThat(fixture.errors)
                .singleElement()
                .isInstanceOf(SessionException.class)
                .extracting(Throwable::getMessage)
                .asString()
                .contains("put back to checkpoint c1 while this call waited");
    }

    @Test
    void callsThatArriveDuringARestoreWaitForIt() throws Exception {
        FakeSandbox sandbox = fixture.call("a");
        fixture.checkpoint("a", "");
        CountDownLatch gate = sandbox.holdRestores();
        Thread restoring = fixture.start(() -> fixture.restore("a", ""));
        await().until(() -> sandbox.restores.get() == 1);
        Thread caller = fixture.start(() -> fixture.call("a"));
        await().until(() -> caller.getState() == Thread.State.WAITING);
        gate.countDown();
        restoring.join();
        caller.join();
        assertThat(fixture.errors).isEmpty();
    }

    @Test
    void oneRestoreWaitsForAnother() throws Exception {
        FakeSandbox sandbox = fixture.call("a");
        fixture.checkpoint("a", "");
        CountDownLatch gate = sandbox.holdRestores();
        Thread first = fixture.start(() -> fixture.restore("a", ""));
        await().until(() -> sandbox.restores.get() == 1);
        Thread second = fixture.start(() -> fixture.restore("a", ""));
        await().until(() -> second.getState() == Thread.State.WAITING);
        assertThat(sandbox.restores).hasValue(1);
        gate.countDown();
        first.join();
        second.join();
        assertThat(fixture.errors).isEmpty();
        assertThat(sandbox.restores).hasValue(2);
    }

    @Test
    void theEndOfTheSessionEndsARestore() throws InterruptedException {
        FakeSandbox sandbox = fixture.call("a");
        fixture.checkpoint("a", "");
        sandbox.die();
        CountDownLatch gate = fixture.factory.holdStarts();
        Thread restoring = fixture.start(() -> fixture.restore("a", ""));
        await().until(() -> fixture.sessions.sandboxes() == 1);
        await().until(() -> restoring.getState() == Thread.State.WAITING);
        fixture.sessions.end("a");
        restoring.join();
        assertThat(fixture.errors).hasSize(1);
        assertThat(gate.getCount()).isEqualTo(1);
        await().until(() -> fixture.sessions.sandboxes() == 0);
        assertThat(directory.resolve("a")).doesNotExist();
    }

    @Test
    void thereAreOnlySoMany() throws InterruptedException {
        for (int i = 0; i < 3; i++) {
            fixture.checkpoint("a", "");
        }
        assertThatThrownBy(() -> fixture.checkpoint("a", ""))
                .isInstanceOf(SessionException.class)
                .hasMessageContaining("3 checkpoints, as many as it may")
                .hasMessageContaining("delete_checkpoint")
                .hasMessageContaining("the oldest is c1");
        fixture.checkpoint("b", "");
        fixture.session("a").deleteCheckpoint("c1");
        assertThat(fixture.checkpoint("a", "").id()).isEqualTo("c4");
        assertThat(fixture.session("a").checkpoints().checkpoints())
                .extracting(Checkpoint::id)
                .containsExactly("c2", "c3", "c4");
    }

    @Test
    void whereThereMayBeNoneThatIsSaidAndForksAreMadeAllTheSame() throws InterruptedException {
        try (SessionFixture none =
                new SessionFixture(
                        directory.resolve("none"),
                        new CheckpointLimits(0, 1000),
                        PoolLimits.NONE)) {
            assertThatThrownBy(() -> none.checkpoint("a", ""))
                    .isInstanceOf(SessionException.class)
                    .hasMessageContaining("checkpoint.max_count to 0");
            assertThat(none.fork("a")).isEqualTo("f1");
        }
    }

    @Test
    void whatOthersKeepOfADeletedOneStillCounts() throws Exception {
        FakeSandbox sandbox = fixture.call("a");
        sandbox.putFile("x".repeat(600));
        fixture.checkpoint("a", "first");
        sandbox.putFile("x".repeat(10));
        Path checkpoints = directory.resolve("a/checkpoints");
        sandbox.onceWritten(
                () -> {
                    try {
                        Path shared = checkpoints.resolve("c2/state/shared");
                        Files.createLink(shared, checkpoints.resolve("c1/state/file"));
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
        fixture.checkpoint("a", "second");
        sandbox.onceWritten(() -> {});
        assertThat(fixture.session("a").checkpoints().bytes()).isEqualTo(610);

        fixture.session("a").deleteCheckpoint("first");

        assertThat(fixture.session("a").checkpoints().bytes()).isEqualTo(610);
        sandbox.putFile("x".repeat(400));
        assertThatThrownBy(() -> fixture.checkpoint("a", ""))
                .hasMessageContaining("take 610 bytes of the 1000 bytes");
        fixture.session("a").deleteCheckpoint("second");
        fixture.checkpoint("a", "");
        assertThat(fixture.session("a").checkpoints().bytes()).isEqualTo(400);
    }

    @Test
    void theyTakeOnlySoMuchRoom() throws InterruptedException {
        FakeSandbox sandbox = fixture.call("a");
        sandbox.putFile("x".repeat(600));
        fixture.checkpoint("a", "large");
        sandbox.putFile("x".repeat(401));
        assertThatThrownBy(() -> fixture.checkpoint("a", ""))
                .isInstanceOf(SessionException.class)
                .hasMessageContaining("take 600 bytes of the 1000 bytes")
                .hasMessageContaining("no room for one of 401 bytes")
                .hasMessageContaining("largest is c1 (large) with 600 bytes");
        assertThat(directory.resolve("a/checkpoints/c2")).doesNotExist();
        sandbox.putFile("x".repeat(400));
        fixture.checkpoint("a", "");
        assertThat(fixture.session("a").checkpoints().bytes()).isEqualTo(1000);
        assertThatThrownBy(() -> fixture.checkpoint("a", "")).hasMessageContaining("are full");
    }

    @Test
    void whatTheMachineSaysIsPassedOnAndLeavesNothing() throws InterruptedException {
        fixture.call("a").unsavable();
        assertThatThrownBy(() -> fixture.checkpoint("a", ""))
                .isInstanceOf(CheckpointException.class)
                .hasMessage("This kind of sandbox cannot be saved.");
        assertThatThrownBy(() -> fixture.fork("a")).isInstanceOf(CheckpointException.class);
        assertThat(directory.resolve("a/checkpoints/c1")).doesNotExist();
        assertThat(fixture.session("a").checkpoints().checkpoints()).isEmpty();
        assertThat(fixture.call("a").isAlive()).isTrue();
        assertThat(fixture.sessions.sandboxes()).isEqualTo(1);
    }

    @Test
    void oneThatIsBeingUsedIsNotRemoved() throws InterruptedException {
        FakeSandbox sandbox = fixture.call("a");
        fixture.checkpoint("a", "");
        CountDownLatch gate = sandbox.holdRestores();
        Thread restoring = fixture.start(() -> fixture.restore("a", ""));
        await().until(() -> sandbox.restores.get() == 1);
        assertThatThrownBy(() -> fixture.session("a").deleteCheckpoint("c1"))
                .isInstanceOf(SessionException.class)
                .hasMessageContaining("just now");
        gate.countDown();
        restoring.join();
        fixture.session("a").deleteCheckpoint("c1");
        assertThat(directory.resolve("a/checkpoints/c1")).doesNotExist();
    }

    @Test
    void theyAreForTheirOwnerAloneAndEndWithTheSession() throws Exception {
        fixture.checkpoint("a", "");
        for (String part : new String[] {"a", "a/checkpoints", "a/checkpoints/c1"}) {
            assertThat(Files.getPosixFilePermissions(directory.resolve(part)))
                    .isEqualTo(PosixFilePermissions.fromString("rwx------"));
        }
        fixture.sessions.end("a");
        assertThat(directory.resolve("a")).doesNotExist();
    }
}
