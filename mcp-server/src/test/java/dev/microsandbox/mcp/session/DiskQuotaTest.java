package dev.microsandbox.mcp.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.microsandbox.mcp.session.computer.Lane;
import dev.microsandbox.mcp.session.computer.SandboxLease;
import dev.microsandbox.mcp.session.disk.DiskAccount;
import dev.microsandbox.mcp.session.limits.CheckpointLimits;
import dev.microsandbox.mcp.session.limits.PoolLimits;
import dev.microsandbox.mcp.session.limits.Quota;
import dev.microsandbox.mcp.session.limits.SandboxLimits;
import dev.microsandbox.mcp.session.limits.SessionException;
import dev.microsandbox.vmm.SandboxConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The disk space of a namespace. */
@Timeout(30)
class DiskQuotaTest {

    private static final int KIB = 1024;

    /** Room for one state that is being written, and for 10 KiB of finished ones. */
    private static final long ROOM =
            DiskAccount.mostBytes(SandboxConfig.DEFAULT.memoryBytes()) + 10 * KIB;

    @TempDir Path directory;

    @SuppressWarnings("NullAway.Init")
    private SessionFixture fixture;

    @BeforeEach
    void open() {
        fixture =
                new SessionFixture(
                        directory,
                        new CheckpointLimits(100, 1L << 40),
                        PoolLimits.NONE,
                        new SandboxLimits(40, 40L << 29),
                        namespace ->
                                namespace.equals("free")
                                        ? Quota.NONE
                                        : Quota.NONE.withDiskBytes(ROOM));
    }

    @AfterEach
    void close() {
        fixture.close();
        assertThat(disk().reservedBytes()).isZero();
    }

    private DiskAccount disk() {
        return fixture.sessions.tenant("default").disk();
    }

    private FakeSandbox call(String id, String namespace) throws InterruptedException {
        try (SandboxLease lease = acquire(id, namespace)) {
            return (FakeSandbox) lease.sandbox();
        }
    }

    private SandboxLease acquire(String id, String namespace) throws InterruptedException {
        return fixture.sessions
                .session(id, namespace)
                .acquire("", Lane.FREE, SessionFixture::nothing);
    }

    @Test
    void checkpointsOfAllSessionsOfANamespaceCountTogether() throws InterruptedException {
        fixture.call("a").putFile("x".repeat(6 * KIB));
        fixture.checkpoint("a", "first");
        fixture.call("b").putFile("x".repeat(5 * KIB));
        fixture.checkpoint("b", "second");
        assertThatThrownBy(() -> fixture.checkpoint("a", "third"))
                .isInstanceOf(SessionException.class)
                .hasMessage(
                        "Namespace 'default' has 11 KiB of 536 MiB of disk in use for checkpoints and"
                                + " suspended computers, and this one may need 536 MiB while it is"
                                + " written. Remove checkpoints with delete_checkpoint, end sessions"
                                + " that are needed no longer, or try again later. The server's"
                                + " operator can raise quota.disk in namespaces/default.yaml.");
        assertThatThrownBy(() -> fixture.fork("b"))
                .hasMessageStartingWith("Namespace 'default' has 11 KiB of 536 MiB of disk");
        assertThat(fixture.session("a").checkpoints().checkpoints()).hasSize(1);
        assertThat(fixture.sessions.sandboxes()).isEqualTo(2);
        // Another namespace is not affected.
        call("f", "free").putFile("x".repeat(50 * KIB));
        fixture.sessions.session("f", "free").checkpoint("", "", SessionFixture::nothing);

        fixture.session("a").deleteCheckpoint("first");
        assertThat(fixture.checkpoint("a", "third").label()).isEqualTo("third");
        fixture.sessions.end("b");
        assertThat(fixture.fork("a")).isEqualTo("f1");
    }

    /** Many checkpoints at once: none is written without room for it. */
    @Test
    void racingCheckpointsDoNotExceedTheQuota() throws InterruptedException {
        AtomicInteger writing = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            String id = "s" + i;
            FakeSandbox sandbox = fixture.call(id);
            sandbox.putFile("x".repeat(3 * KIB));
            sandbox.onceWritten(
                    () -> {
                        most.accumulateAndGet(writing.incrementAndGet(), Math::max);
                        Thread.onSpinWait();
                        writing.decrementAndGet();
                    });
        }
        AtomicInteger made = new AtomicInteger();
        CountDownLatch begin = new CountDownLatch(1);
        for (int i = 0; i < 12; i++) {
            String id = "s" + i;
            threads.add(
                    fixture.start(
                            () -> {
                                begin.await();
                                try {
                                    fixture.checkpoint(id, "");
                                    made.incrementAndGet();
                                } catch (SessionException e) {
                                    assertThat(e).hasMessageContaining("of 536 MiB of disk");
                                }
                            }));
        }
        begin.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(fixture.errors).isEmpty();
        assertThat(most).hasValue(1);
        // 3 KiB each: the fourth begins with 9 KiB, the fifth finds 12.
        assertThat(made).hasValue(4);
    }

    @Test
    void anIdleComputerWithoutRoomGoesOnAndIsToldSo() throws InterruptedException {
        fixture.call("a").putFile("x".repeat(11 * KIB));
        fixture.checkpoint("a", "");
        FakeSandbox idle = fixture.call("b");
        fixture.pass(SessionFixture.IDLE);
        fixture.sessions.sweep();
        try (SandboxLease lease = acquire("b", "default")) {
            assertThat(idle.saves).hasValue(0);
            assertThat(lease.sandbox()).isSameAs(idle);
            assertThat(lease.takeHint().orElse(""))
                    .startsWith(
                            "While it was idle, this computer could not be suspended: Namespace"
                                    + " 'default' has 11 KiB of 536 MiB of disk")
                    .endsWith("or if the server stops.");
        }
        fixture.sessions.end("a");
        fixture.pass(SessionFixture.IDLE);
        fixture.sessions.sweep();
        await().until(idle::isClosed);
        assertThat(fixture.notice("b")).contains("was suspended");
    }

    @Test
    void whatAnEarlierProcessKeptCountsAgain() throws InterruptedException {
        fixture.call("a").putFile("x".repeat(11 * KIB));
        fixture.checkpoint("a", "");
        assertThat(fixture.sessions.keep("a", SessionFixture.client("a"))).isTrue();
        fixture.close();
        open();
        fixture.call("b");
        assertThatThrownBy(() -> fixture.checkpoint("b", ""))
                .hasMessageContaining("of 536 MiB of disk");
        fixture.sessions.end("a"); // nobody has used it since the start
        assertThat(fixture.checkpoint("b", "").id()).isEqualTo("c1");
    }

    /** A checkpoint that turns out larger than what was reserved, for example with a template. */
    @Test
    void aStateThatExceedsTheQuotaIsRemovedAgain() throws InterruptedException {
        FakeSandbox sandbox = fixture.call("a");
        sandbox.putFile("small");
        sandbox.onceWritten(() -> fill("b"));
        assertThatThrownBy(() -> fixture.checkpoint("a", ""))
                .hasMessageContaining("and would have 600 MiB with this one. It was not saved.");
        assertThat(directory.resolve("a/checkpoints/c1")).doesNotExist();
        assertThat(sandbox.isAlive()).isTrue();
    }

    /** Puts a sparse file into a session's directory, which the imitation counts in full. */
    private void fill(String id) {
        try {
            Path place =
                    java.nio.file.Files.createDirectories(
                            directory.resolve(id).resolve("refused/main"));
            try (var file = new java.io.RandomAccessFile(place.resolve("memory").toFile(), "rw")) {
                file.setLength(600L << 20);
            }
            fixture.session(id);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
