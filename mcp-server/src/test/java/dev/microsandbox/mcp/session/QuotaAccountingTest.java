package dev.microsandbox.mcp.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.microsandbox.mcp.session.computer.ComputerSummary;
import dev.microsandbox.mcp.session.computer.Lane;
import dev.microsandbox.mcp.session.computer.SandboxLease;
import dev.microsandbox.mcp.session.limits.CheckpointLimits;
import dev.microsandbox.mcp.session.limits.PoolLimits;
import dev.microsandbox.mcp.session.limits.Quota;
import dev.microsandbox.mcp.session.limits.SandboxLimits;
import dev.microsandbox.mcp.session.limits.SessionException;
import dev.microsandbox.mcp.session.supply.Account;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever sessions do and whatever fails meanwhile, the counters of the quotas are what is really
 * there: random operations with faults injected at each step. Afterwards, nothing is counted.
 */
@Timeout(60)
class QuotaAccountingTest {

    private static final int SESSIONS = 6;
    private static final Quota QUOTA =
            Quota.NONE.withSandboxes(4).withCpus(6).withDiskBytes(4L << 30);

    @TempDir Path directory;

    private SessionFixture open() {
        return new SessionFixture(
                directory,
                new CheckpointLimits(4, 1000),
                new PoolLimits(SandboxConfig.DEFAULT, 1, 2),
                new SandboxLimits(8, 16L << 30),
                _ -> QUOTA);
    }

    /** The sessions, the faults and the random choices of one run. */
    private static final class Run {

        final SessionFixture fixture;
        final Random random;
        final String prefix;

        Run(SessionFixture fixture, long seed, String prefix) {
            this.fixture = fixture;
            random = new Random(seed);
            this.prefix = prefix;
        }

        boolean chance(int percent) {
            return random.nextInt(100) < percent;
        }

        String id(int number) {
            return prefix + number;
        }

        static String namespace(int number) {
            return number % 2 == 0 ? "team-a" : "medium";
        }

        SandboxSession session(int number) {
            fixture.sessions.remember(id(number), SessionFixture.client(id(number)));
            return fixture.sessions.session(id(number), namespace(number));
        }

        /** Faults of machines that are started from now on. */
        void plan() {
            fixture.factory.failWith(chance(20) ? "injected" : "");
            fixture.factory.prepare(
                    chance(85)
                            ? _ -> {}
                            : _ -> {
                                throw new IllegalStateException("injected");
                            });
        }

        /** Faults of the machines that run. */
        void spoil() {
            List<FakeSandbox> all = fixture.factory.started;
            if (all.isEmpty()) {
                return;
            }
            FakeSandbox one = all.get(random.nextInt(all.size()));
            switch (random.nextInt(5)) {
                case 0 -> one.die();
                case 1 -> one.diskFull(true);
                case 2 ->
                        one.onRestore(
                                () -> {
                                    throw new SandboxException("injected");
                                });
                case 3 ->
                        one.onceWritten(
                                () -> {
                                    throw new IllegalStateException("injected");
                                });
                default -> one.diskFull(false);
            }
        }

        void step() throws InterruptedException {
            int number = random.nextInt(SESSIONS);
            plan();
            if (chance(20)) {
                spoil();
            }
            try {
                act(number);
            } catch (SessionException | SandboxException | IllegalStateException e) {
                assertThat(e.getMessage()).isNotEmpty(); // refused, or a fault that was injected
            }
        }

        private void act(int number) throws InterruptedException {
            switch (random.nextInt(9)) {
                case 0, 1, 2 -> call(number, "");
                case 3 -> session(number).fork("", SessionFixture::nothing);
                case 4 -> session(number).checkpoint("", "", SessionFixture::nothing);
                case 5 -> session(number).restore("", "", SessionFixture::nothing);
                case 6 -> session(number).forkOf("", SessionFixture::nothing);
                case 7 -> fixture.sessions.end(id(number));
                default -> {
                    if (chance(50)) {
                        fixture.pass(SessionFixture.IDLE);
                    }
                    fixture.sessions.sweep();
                }
            }
        }

        private void call(int number, String computer) throws InterruptedException {
            FakeSandbox sandbox;
            try (SandboxLease lease =
                    session(number).acquire(computer, Lane.FREE, SessionFixture::nothing)) {
                sandbox = (FakeSandbox) lease.sandbox();
            }
            sandbox.putFile("x".repeat(1 + random.nextInt(50)));
        }

        Account account(String namespace) {
            return fixture.sessions.tenant(namespace).supply().account();
        }

        /** The sandboxes of a namespace, by the states of its computers. */
        int sandboxes(String namespace) {
            int count = 0;
            for (int number = 0; number < SESSIONS; number++) {
                if (namespace(number).equals(namespace)) {
                    for (ComputerSummary computer : session(number).computers()) {
                        count += List.of("running", "starting").contains(computer.state()) ? 1 : 0;
                    }
                }
            }
            return count;
        }

        /** Whether the counters are what is there, now that nothing is in progress. */
        boolean isTrue() {
            fixture.sessions.sweep(); // notices machines that have died
            int all = 0;
            for (String namespace : List.of("team-a", "medium")) {
                int there = sandboxes(namespace);
                Account account = account(namespace);
                int cpus = namespace.equals("medium") ? 2 : 1;
                if (account.sandboxes() != there
                        || account.cpus() != there * cpus
                        || account.memoryBytes() != there * SandboxConfig.DEFAULT.memoryBytes()
                        || fixture.sessions.tenant(namespace).disk().reservedBytes() != 0) {
                    return false;
                }
                all += there;
            }
            int pool = fixture.sessions.sandboxes() - all;
            return pool >= 0 && pool <= 2 && fixture.factory.running() == all + pool;
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void theCountersAreWhatIsThere(long seed) throws InterruptedException {
        SessionFixture fixture = open();
        Run run = new Run(fixture, seed, "s");
        for (int step = 0; step < 120; step++) {
            run.step();
            if (step % 10 == 0) {
                fixture.factory.failWith("");
                fixture.factory.prepare(_ -> {});
                await().atMost(Duration.ofSeconds(10)).until(run::isTrue);
            }
        }
        for (int number = 0; number < SESSIONS; number++) {
            fixture.sessions.end(run.id(number));
        }
        fixture.close();
        nothingIsCounted(run);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void manyThreadsNeverExceedAQuotaAndLeaveNothing(long seed) throws InterruptedException {
        SessionFixture fixture = open();
        List<Thread> threads = new ArrayList<>();
        AtomicBoolean over = new AtomicBoolean();
        for (int i = 0; i < 8; i++) {
            Run run = new Run(fixture, seed * 100 + i, "t" + i % 3 + "-");
            threads.add(
                    fixture.start(
                            () -> {
                                for (int step = 0; step < 80; step++) {
                                    run.step();
                                    for (String namespace : List.of("team-a", "medium")) {
                                        Account account = run.account(namespace);
                                        if (account.sandboxes() > QUOTA.sandboxes()
                                                || account.cpus() > QUOTA.cpus()) {
                                            over.set(true);
                                        }
                                    }
                                }
                            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(fixture.errors).isEmpty();
        assertThat(over).isFalse();
        fixture.close();
        nothingIsCounted(new Run(fixture, seed, "none"));
    }

    private static void nothingIsCounted(Run run) {
        assertThat(run.fixture.sessions.sandboxes()).isZero();
        assertThat(run.fixture.factory.running()).isZero();
        for (String namespace : List.of("team-a", "medium")) {
            assertThat(run.account(namespace).sandboxes()).isZero();
            assertThat(run.account(namespace).cpus()).isZero();
            assertThat(run.account(namespace).memoryBytes()).isZero();
            assertThat(run.fixture.sessions.tenant(namespace).disk().reservedBytes()).isZero();
        }
    }
}
