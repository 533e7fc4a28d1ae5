package dev.microsandbox.mcp.session;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.microsandbox.mcp.session.computer.ComputerSummary;
import dev.microsandbox.mcp.session.computer.Lane;
import dev.microsandbox.mcp.session.computer.SandboxLease;
import dev.microsandbox.mcp.session.limits.SessionException;
import dev.microsandbox.vmm.SandboxStartException;
import dev.microsandbox.vmm.storage.FileTree;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Idle sandboxes are suspended to disk and woken. */
@Timeout(30)
class SuspensionTest {

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

    private FakeSandbox suspended(String session) throws InterruptedException {
        FakeSandbox sandbox = fixture.call(session);
        sandbox.content.put("file", "kept".getBytes(UTF_8));
        suspend(session);
        assertThat(sandbox.isClosed()).isTrue();
        return sandbox;
    }

    private void suspend(String session) {
        fixture.pass(SessionFixture.IDLE);
        fixture.sessions.sweep();
        await().until(() -> fixture.sessions.sandboxes() == 0);
        await().until(() -> state(session).equals("suspended"));
    }

    private String state(String session) {
        return fixture.session(session).computers().getFirst().state();
    }

    @Test
    void anIdleSandboxFreesItsRoomAndGoesOnWithTheNextCall() throws InterruptedException {
        FakeSandbox before = suspended("a");
        assertThat(directory.resolve("a/suspended/main")).exists();

        fixture.pass(Duration.ofMinutes(185));
        FakeSandbox after;
        try (SandboxLease lease =
                fixture.session("a").acquire("", Lane.FREE, SessionFixture::nothing)) {
            assertThat(lease.notice())
                    .contains(
                            "The computer was suspended for 3 h 5 min while nobody used it, and"
                                    + " goes on. Variables, files and processes are as they were,"
                                    + " its clock is right; nothing is lost.");
            after = (FakeSandbox) lease.sandbox();
        }
        assertThat(after).isNotSameAs(before);
        assertThat(after.content.get("file")).asString(UTF_8).isEqualTo("kept");
        assertThat(fixture.notice("a")).isEmpty();
        assertThat(directory.resolve("a/suspended/main")).doesNotExist();
    }

    @Test
    void sleepsAgainAndAgain() throws InterruptedException {
        suspended("a");
        for (int i = 0; i < 3; i++) {
            assertThat(fixture.notice("a")).startsWith("The computer was suspended");
            suspend("a");
        }
        assertThat(fixture.call("a").content).containsKey("file");
    }

    @Test
    void goesBackInPlaceToACheckpointOfBeforeItsSleep() throws InterruptedException {
        fixture.checkpoint("a", "");
        suspend("a");
        fixture.call("a");
        fixture.restore("a", "");
        assertThat(fixture.factory.last().restores).hasValue(1);
    }

    @Test
    void aSleeperThatIsPutBackDoesNotWakeFirst() throws InterruptedException {
        fixture.checkpoint("a", "");
        suspended("a");
        fixture.restore("a", "");
        assertThat(fixture.call("a").content).isEmpty();
        assertThat(fixture.factory.started).hasSize(2);
        assertThat(fixture.notice("a")).isEmpty();
        assertThat(directory.resolve("a/suspended/main")).doesNotExist();
    }

    @Test
    void aSleeperThatDoesNotWakeIsSaidToBeLost() throws Exception {
        suspended("a");
        FileTree.delete(directory.resolve("a/suspended/main"));
        FakeSandbox fresh;
        try (SandboxLease lease =
                fixture.session("a").acquire("", Lane.FREE, SessionFixture::nothing)) {
            assertThat(lease.notice())
                    .contains(
                            "The sandbox was suspended and could not be woken (The checkpoint is"
                                    + " damaged.); a new one was started. Earlier variables, files"
                                    + " and processes are gone.");
            fresh = (FakeSandbox) lease.sandbox();
        }
        assertThat(fresh.content).isEmpty();
        assertThat(fixture.call("a")).isSameAs(fresh);
        assertThat(fixture.sessions.sandboxes()).isEqualTo(1);
    }

    @Test
    void aHostsTroubleCostsASleeperNothing() throws InterruptedException {
        suspended("a");
        fixture.factory.failWith("no memory");
        assertThatThrownBy(() -> fixture.call("a")).isInstanceOf(SandboxStartException.class);
        assertThatThrownBy(() -> fixture.call("a")).isInstanceOf(SandboxStartException.class);
        fixture.factory.failWith("");
        assertThat(fixture.call("a").content).containsKey("file");
    }

    @Test
    void isNotTriedToBeWokenForEver() throws InterruptedException {
        suspended("a");
        fixture.factory.failWith("broken");
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> fixture.call("a")).hasMessage("broken");
        }
        fixture.factory.failWith("");
        assertThat(fixture.notice("a")).contains("could not be woken (broken)");
    }

    @Test
    void aDiskThatWouldOfferItAgainCostsASleeperNothing() throws Exception {
        suspended("a");
        // Make the place impossible to write and to remove.
        Path record = directory.resolve("a/session");
        Files.delete(record);
        Path stuck = Files.createFile(Files.createDirectory(record).resolve("stuck"));
        assertThatThrownBy(() -> fixture.call("a"))
                .isInstanceOf(SessionException.class)
                .hasMessageContaining("Nothing is lost; repeat the call later.");
        assertThat(fixture.factory.started).hasSize(1);
        assertThat(fixture.sessions.sandboxes()).isZero();
        assertThat(state("a")).isEqualTo("suspended");
        Files.delete(stuck);
        assertThat(fixture.call("a").content).containsKey("file");
    }

    @Test
    void aCallWritesNoRecord() throws Exception {
        suspended("a");
        fixture.call("a");
        Path record = directory.resolve("a/session");
        Files.delete(record);
        fixture.call("a");
        assertThat(record).doesNotExist();
        suspend("a");
        assertThat(record).exists();
    }

    @Test
    void aFullServerCostsASleeperNothing() throws InterruptedException {
        suspended("a");
        for (String other : new String[] {"b", "c", "d"}) {
            fixture.call(other);
        }
        assertThatThrownBy(() -> fixture.call("a")).hasMessageContaining("The server is full");
        fixture.sessions.end("b");
        assertThat(fixture.call("a").content).containsKey("file");
    }

    @Test
    void aCallThatArrivesAsItFallsAsleepWaitsAndWakesIt() throws InterruptedException {
        FakeSandbox sandbox = fixture.call("a");
        CountDownLatch gate = sandbox.holdSaves();
        fixture.pass(SessionFixture.IDLE);
        fixture.sessions.sweep();
        fixture.sessions.sweep();
        Thread caller = fixture.start(() -> fixture.call("a"));
        await().until(() -> caller.getState() == Thread.State.WAITING);
        gate.countDown();
        caller.join();
        assertThat(fixture.errors).isEmpty();
        assertThat(fixture.factory.started).hasSize(2);
        assertThat(sandbox.isClosed()).isTrue();
    }

    @Test
    void manyCallsWakeItOnce() throws InterruptedException {
        suspended("a");
        CountDownLatch gate = fixture.factory.holdStarts();
        Thread[] callers = new Thread[8];
        for (int i = 0; i < callers.length; i++) {
            callers[i] = fixture.start(() -> fixture.call("a"));
        }
        for (Thread caller : callers) {
            await().until(() -> caller.getState() == Thread.State.WAITING);
        }
        gate.countDown();
        for (Thread caller : callers) {
            caller.join();
        }
        assertThat(fixture.errors).isEmpty();
        assertThat(fixture.factory.started).hasSize(2);
    }

    @Test
    void itsLifetimeCountsWhileItSleepsToo() throws InterruptedException {
        suspended("a");
        fixture.pass(SessionFixture.LIFETIME.minus(SessionFixture.IDLE.multipliedBy(3)));
        try (SandboxLease lease =
                fixture.session("a").acquire("", Lane.FREE, SessionFixture::nothing)) {
            assertThat(lease.remainingLifetime()).isEqualTo(SessionFixture.IDLE.multipliedBy(2));
        }
        suspend("a");
        fixture.pass(SessionFixture.IDLE);
        fixture.sessions.sweep();
        assertThat(directory.resolve("a/suspended/main")).doesNotExist();
        assertThat(fixture.notice("a")).contains("at the end of its lifetime of 8 h");
    }

    @Test
    void theEndOfItsSessionRemovesIt() throws InterruptedException {
        suspended("a");
        fixture.sessions.end("a");
        assertThat(directory.resolve("a")).doesNotExist();
    }

    @Test
    void theEndOfItsSessionAsItFallsAsleepLeavesNothing() throws InterruptedException {
        FakeSandbox sandbox = fixture.call("a");
        CountDownLatch gate = sandbox.holdSaves();
        fixture.pass(SessionFixture.IDLE);
        fixture.sessions.sweep();
        Thread ending = fixture.start(() -> fixture.sessions.end("a"));
        await().until(sandbox::isClosed);
        gate.countDown();
        ending.join();
        assertThat(directory.resolve("a")).doesNotExist();
        assertThat(fixture.sessions.sandboxes()).isZero();
    }

    @Test
    void forksSleepToo() throws InterruptedException {
        fixture.call("a").content.put("file", "kept".getBytes(UTF_8));
        String fork = fixture.fork("a");
        suspend("a");
        assertThat(fixture.session("a").computers())
                .containsExactly(
                        new ComputerSummary("", "suspended"),
                        new ComputerSummary("f1", "suspended"));
        assertThat(fixture.call("a", fork).content).containsKey("file");
        assertThat(fixture.sessions.sandboxes()).isEqualTo(1);
    }
}
