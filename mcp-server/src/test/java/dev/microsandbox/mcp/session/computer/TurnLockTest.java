package dev.microsandbox.mcp.session.computer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.microsandbox.mcp.session.FakeSandbox;
import dev.microsandbox.mcp.session.computer.TurnLock.Turn;
import dev.microsandbox.mcp.session.limits.SessionException;
import dev.microsandbox.mcp.session.supply.ManagedSandbox;
import dev.microsandbox.mcp.session.supply.OwnCapacity;
import dev.microsandbox.mcp.session.supply.Reservation;
import dev.microsandbox.vmm.SandboxConfig;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class TurnLockTest {

    private final TurnLock lock = new TurnLock();
    private final StateCell cell = new StateCell(lock, new Transitions(""));

    private static final StateEvent.TakeOver LOST =
            new StateEvent.TakeOver(new ComputerState.Lost("died"));

    @Test
    void aTurnThatIsOverDecidesNothing() throws InterruptedException {
        Turn over = lock.turn();
        over.close();
        assertThatThrownBy(() -> cell.decide(over, LOST)).isInstanceOf(IllegalStateException.class);
        try (Turn turn = lock.turn()) {
            over.close(); // which does not end anybody else's turn
            assertThat(lock.tryTurn()).isEmpty();
            assertThat(cell.decide(turn, LOST).after()).isEqualTo(LOST.state());
        }
    }

    @Test
    void aTurnOfAnotherComputerDecidesNothing() throws InterruptedException {
        try (Turn other = new TurnLock().turn()) {
            assertThatThrownBy(() -> cell.decide(other, LOST))
                    .isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> cell.clean(other)).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void thereIsOneTurnAtATimeAndNoneAfterTheEnd() throws InterruptedException {
        Turn first = lock.turn();
        assertThat(lock.tryTurn()).isEmpty();
        Thread ending = Thread.ofPlatform().start(() -> lock.closeAndTurn("It is over.").close());
        await().until(() -> ending.getState() == Thread.State.WAITING);
        first.close();
        ending.join();
        assertThat(lock.tryTurn()).isEmpty();
        assertThatThrownBy(lock::turn)
                .isInstanceOf(SessionException.class)
                .hasMessage("It is over.");
    }

    @Test
    void theEndWaitsForWhatIsBeingSaved() throws InterruptedException {
        TurnLock.PendingSave saving = lock.save();
        Thread ending = Thread.ofPlatform().start(lock::awaitQuiet);
        await().until(() -> ending.getState() == Thread.State.WAITING);
        saving.close();
        ending.join();
    }

    private static ManagedSandbox managed() {
        Reservation room =
                new OwnCapacity(1, 1L << 40).reserveReady(SandboxConfig.DEFAULT).orElseThrow();
        return new ManagedSandbox(() -> new FakeSandbox("fake"), room, () -> {});
    }

    @Test
    void theEndEndsWhatStartsBesideToo() throws InterruptedException {
        try (Turn turn = lock.turn()) {
            ManagedSandbox own = managed();
            ManagedSandbox next = managed();
            cell.decide(turn, new StateEvent.Order(own, 0));
            cell.setReplacement(turn, next);
            assertThat(cell.end()).isEqualTo(List.of(own, next));
            assertThatThrownBy(() -> cell.setReplacement(turn, managed()))
                    .isInstanceOf(SessionException.class)
                    .hasMessage("The session has ended.");
        }
    }
}
