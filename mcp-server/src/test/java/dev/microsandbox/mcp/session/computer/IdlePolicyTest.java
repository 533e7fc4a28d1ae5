package dev.microsandbox.mcp.session.computer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.session.FakeFactory;
import dev.microsandbox.mcp.session.FakeSandbox;
import dev.microsandbox.mcp.session.SessionFixture;
import dev.microsandbox.mcp.session.disk.SessionDirectory;
import dev.microsandbox.mcp.session.disk.SessionRecord;
import dev.microsandbox.mcp.session.limits.PoolLimits;
import dev.microsandbox.mcp.session.supply.OwnCapacity;
import dev.microsandbox.mcp.session.supply.SandboxSupply;
import dev.microsandbox.vmm.SandboxConfig;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class IdlePolicyTest {

    @TempDir Path directory;

    @Test
    void whatCannotBeSavedIsTriedAgainOnlyAfterAnotherIdleTime() throws InterruptedException {
        AtomicLong nanos = new AtomicLong();
        SessionClock clock = new SessionClock(nanos::get, () -> SessionFixture.BEGIN);
        FakeFactory factory = new FakeFactory();
        SandboxSupply supply =
                new SandboxSupply(
                        factory, new OwnCapacity(1, 1L << 30), PoolLimits.NONE, nanos::get);
        SessionDirectory place = new SessionDirectory(directory, "a");
        TurnLock lock = new TurnLock();
        CurrentSandbox current =
                new CurrentSandbox(
                        "",
                        () -> SandboxConfig.DEFAULT,
                        supply,
                        () -> SessionFixture.LIFESPAN,
                        clock,
                        new SessionRecord(place, Optional::empty),
                        lock);
        IdlePolicy policy =
                new IdlePolicy(
                        lock,
                        current,
                        new Suspension("", current, place, clock.wall()),
                        new CallCount(clock),
                        () -> SessionFixture.LIFESPAN);
        try (TurnLock.Turn turn = lock.turn()) {
            current.get(turn).sandbox().await();
        }
        FakeSandbox sandbox = factory.last();
        sandbox.diskFull(true);

        for (int tries = 1; tries <= 2; tries++) {
            nanos.addAndGet(SessionFixture.IDLE.toNanos());
            for (int i = 0; i < 3; i++) {
                policy.sweep();
                lock.awaitFree();
                assertThat(sandbox.saves).hasValue(tries);
            }
        }
        sandbox.diskFull(false);
        nanos.addAndGet(SessionFixture.IDLE.toNanos());
        policy.sweep();
        lock.awaitFree();
        assertThat(current.state()).isEqualTo("suspended");
        place.remove();
    }
}
