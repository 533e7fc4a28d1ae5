package dev.microsandbox.mcp.session.computer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microsandbox.mcp.session.FakeSandbox;
import dev.microsandbox.mcp.session.computer.ComputerState.Ended;
import dev.microsandbox.mcp.session.computer.ComputerState.Gone;
import dev.microsandbox.mcp.session.computer.ComputerState.Live;
import dev.microsandbox.mcp.session.computer.ComputerState.Lost;
import dev.microsandbox.mcp.session.computer.ComputerState.NotStarted;
import dev.microsandbox.mcp.session.computer.ComputerState.Starting;
import dev.microsandbox.mcp.session.computer.ComputerState.Suspended;
import dev.microsandbox.mcp.session.computer.ComputerState.Suspending;
import dev.microsandbox.mcp.session.computer.ComputerState.Waking;
import dev.microsandbox.mcp.session.computer.ComputerState.Withdrawing;
import dev.microsandbox.mcp.session.limits.SessionException;
import dev.microsandbox.mcp.session.supply.ManagedSandbox;
import dev.microsandbox.mcp.session.supply.OwnCapacity;
import dev.microsandbox.mcp.session.supply.Reservation;
import dev.microsandbox.vmm.SandboxConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The transition of every event in every state. */
class TransitionsTest {

    /**
     * The state after each event. A dot means no change, {@code refused} a {@link SessionException}
     * for the caller, and {@code fault} an {@link IllegalStateException}.
     */
    private static final String TABLE =
            """
            event           NotStarted Starting   Live       Suspending Suspended   Withdrawing Waking    Lost       Gone    Ended
            Order           Starting   fault      fault      fault      fault       fault       fault     Starting   refused refused
            Withdraw        fault      fault      fault      fault      Withdrawing fault       fault     fault      refused refused
            StaySuspended   fault      fault      fault      fault      fault       Suspended   fault     fault      refused .
            Wake            fault      fault      fault      fault      fault       Waking      fault     fault      refused refused
            BeginSuspension .          fault      Suspending fault      fault       fault       fault     .          .       .
            StayLive        .          fault      fault      Live       fault       fault       fault     .          .       .
            Suspend         .          fault      fault      Suspended  fault       fault       fault     .          .       .
            Replace         Starting   Starting   Starting   fault      fault       Starting    Starting  Starting   refused refused
            LoseSuspended   fault      fault      fault      fault      Lost        fault       fault     fault      refused .
            TakeOver        Suspended  fault      fault      fault      fault       fault       fault     fault      refused refused
            SeenRunning     .          Live       .          .          .           .           Live      .          .       .
            StartFailed     .          NotStarted .          .          .           .           Suspended .          .       .
            Damaged         .          NotStarted .          .          .           .           Lost      .          .       .
            SandboxLost     .          Lost       Lost       Lost       .           .           Lost      .          .       .
            NoticeTaken     .          .          .          .          .           .           .         NotStarted .       .
            End             Ended      Ended      Ended      Ended      Ended       Ended       Ended     Ended      Ended   .
            """;

    private static final Instant NOW = Instant.parse("2026-01-01T00:10:00Z");
    private static final List<String> LINEAGE = List.of("first");
    private static final Past PAST = new Past(7, LINEAGE, Notice.none());
    private static final Notice LOSS = new Notice.SandboxLoss("died");

    private final Transitions own = new Transitions("");
    private final Transitions fork = new Transitions("f1");
    private final ManagedSandbox sandbox = sandbox();
    private final ManagedSandbox other = sandbox();
    private final SuspendedImage image =
            new SuspendedImage(Path.of("image"), NOW.minus(Duration.ofMinutes(10)));

    private static ManagedSandbox sandbox() {
        Reservation room =
                new OwnCapacity(1, 1L << 40).reserveReady(SandboxConfig.DEFAULT).orElseThrow();
        return new ManagedSandbox(() -> new FakeSandbox("fake"), room, () -> {});
    }

    private Map<String, ComputerState> states(Past past) {
        Map<String, ComputerState> all = new LinkedHashMap<>();
        for (ComputerState state :
                List.of(
                        new NotStarted(),
                        new Starting(sandbox, past),
                        new Live(sandbox, past),
                        new Suspending(sandbox, past),
                        new Suspended(image, past),
                        new Withdrawing(image, past),
                        new Waking(sandbox, image, past),
                        new Lost("died"),
                        new Gone("died"),
                        new Ended(new NotStarted()))) {
            all.put(state.getClass().getSimpleName(), state);
        }
        return all;
    }

    private Map<String, StateEvent> events(ManagedSandbox about) {
        Map<String, StateEvent> all = new LinkedHashMap<>();
        all.put("Order", new StateEvent.Order(about, 9));
        all.put("Withdraw", new StateEvent.Withdraw());
        all.put("StaySuspended", new StateEvent.StaySuspended());
        all.put("Wake", new StateEvent.Wake(about));
        all.put("BeginSuspension", new StateEvent.BeginSuspension(about));
        all.put("StayLive", new StateEvent.StayLive(about));
        all.put("Suspend", new StateEvent.Suspend(about, image));
        all.put("Replace", new StateEvent.Replace(about, LINEAGE, 9));
        all.put("LoseSuspended", new StateEvent.LoseSuspended("too old"));
        all.put("TakeOver", new StateEvent.TakeOver(new Suspended(image, PAST)));
        all.put("SeenRunning", new StateEvent.SeenRunning(about, NOW));
        all.put("StartFailed", new StateEvent.StartFailed(about, false, "broken"));
        all.put("Damaged", new StateEvent.StartFailed(about, true, "damaged"));
        all.put("SandboxLost", new StateEvent.SandboxLost(about, "died"));
        all.put("NoticeTaken", new StateEvent.NoticeTaken());
        all.put("End", new StateEvent.End());
        return all;
    }

    private String outcome(ComputerState state, StateEvent event) {
        try {
            ComputerState next = own.next(state, event);
            return next.equals(state) ? "." : next.getClass().getSimpleName();
        } catch (SessionException e) {
            return "refused";
        } catch (IllegalStateException e) {
            return "fault";
        }
    }

    @Test
    void isAsTheTableSays() {
        List<List<String>> table =
                TABLE.lines().map(line -> Arrays.asList(line.trim().split(" +"))).toList();
        Map<String, ComputerState> states = states(PAST);
        Map<String, StateEvent> events = events(sandbox);
        List<List<String>> actual = new ArrayList<>();
        List<String> head = new ArrayList<>(List.of("event"));
        head.addAll(states.keySet());
        actual.add(head);
        events.forEach(
                (name, event) -> {
                    List<String> line = new ArrayList<>(List.of(name));
                    states.values().forEach(state -> line.add(outcome(state, event)));
                    actual.add(line);
                });
        assertThat(actual).containsExactlyElementsOf(table);
    }

    @Test
    void everyStateAndEveryEventIsInTheTable() {
        assertThat(states(PAST).values().stream().map(Object::getClass))
                .containsAll(leaves(ComputerState.class));
        assertThat(events(sandbox).values().stream().map(Object::getClass))
                .containsAll(leaves(StateEvent.class));
    }

    private static List<Class<?>> leaves(Class<?> type) {
        if (!type.isSealed()) {
            return List.of(type);
        }
        return Arrays.stream(type.getPermittedSubclasses())
                .flatMap(each -> leaves(each).stream())
                .distinct()
                .toList();
    }

    @Test
    void aFactAboutAnotherSandboxChangesNothing() {
        events(other)
                .forEach(
                        (name, event) -> {
                            if (event instanceof StateEvent.Fact
                                    && !List.of("NoticeTaken", "End").contains(name)) {
                                states(PAST)
                                        .values()
                                        .forEach(
                                                state ->
                                                        assertThat(own.next(state, event))
                                                                .as(name)
                                                                .isEqualTo(state));
                            }
                        });
    }

    @Test
    void aForkIsNotReplaced() {
        StateEvent lost = new StateEvent.SandboxLost(sandbox, "died");
        assertThat(fork.next(new Live(sandbox, PAST), lost)).isEqualTo(new Gone("died"));
        assertThat(fork.next(new Suspended(image, PAST), new StateEvent.LoseSuspended("old")))
                .isEqualTo(new Gone("old"));
        assertThat(
                        fork.next(
                                new Waking(sandbox, image, PAST),
                                new StateEvent.StartFailed(sandbox, true, "damaged")))
                .isEqualTo(new Gone("was suspended and could not be woken (damaged)"));
        assertThatThrownBy(() -> fork.next(new Gone("died"), new StateEvent.Order(sandbox, 9)))
                .isInstanceOf(SessionException.class)
                .hasMessageStartingWith("Computer f1 died; its variables");
    }

    @Test
    void aLossIsKeptUntilItIsTold() {
        ComputerState state = own.next(new Lost("died"), new StateEvent.Order(sandbox, 9));
        assertThat(state.pendingNotice()).isEqualTo(LOSS);
        assertThat(own.next(state, new StateEvent.StartFailed(sandbox, false, "broken")))
                .isEqualTo(new Lost("died"));
        assertThat(own.next(state, new StateEvent.End())).isEqualTo(new Ended(new Lost("died")));
        for (StateEvent event :
                List.of(
                        new StateEvent.SeenRunning(sandbox, NOW),
                        new StateEvent.BeginSuspension(sandbox),
                        new StateEvent.Suspend(sandbox, image),
                        new StateEvent.Withdraw(),
                        new StateEvent.Wake(sandbox),
                        new StateEvent.SeenRunning(sandbox, NOW))) {
            state = own.next(state, event);
            assertThat(state.pendingNotice()).isEqualTo(LOSS);
        }
        assertThat(own.next(state, new StateEvent.NoticeTaken()).pendingNotice())
                .isEqualTo(Notice.none());
    }

    @Test
    void aSleepIsToldAndCostsNoLifetime() {
        ComputerState state =
                own.next(
                        new Waking(sandbox, image, PAST), new StateEvent.SeenRunning(sandbox, NOW));
        assertThat(state)
                .isEqualTo(
                        new Live(
                                sandbox,
                                new Past(
                                        7,
                                        LINEAGE,
                                        new Notice.WasSuspended(Duration.ofMinutes(10)))));
    }

    @Test
    void whatSleepsSleepsOnWhenItsComputerEnds() {
        Ended asleep = new Ended(new Suspended(image, PAST));
        for (String name : List.of("Suspended", "Withdrawing", "Waking")) {
            assertThat(own.next(state(name), new StateEvent.End())).isEqualTo(asleep);
        }
    }

    private ComputerState state(String name) {
        return Objects.requireNonNull(states(PAST).get(name));
    }

    @Test
    void isNotWokenForEver() {
        ComputerState state = new Suspended(image, PAST);
        for (int i = 0; i < 3; i++) {
            assertThat(state).isInstanceOf(Suspended.class);
            state = own.next(state, new StateEvent.Withdraw());
            state = own.next(state, new StateEvent.Wake(sandbox));
            state = own.next(state, new StateEvent.StartFailed(sandbox, false, "broken"));
        }
        assertThat(state).isEqualTo(new Lost("was suspended and could not be woken (broken)"));
    }

    @Test
    void aReplacementHasTheLifetimeOfWhatItReplacesAndTheLineageOfItsCheckpoint() {
        StateEvent replace = new StateEvent.Replace(other, List.of("saved"), 9);
        for (String name : List.of("Starting", "Live", "Withdrawing", "Waking")) {
            Past past = own.next(state(name), replace).history().orElseThrow();
            assertThat(past.born()).isEqualTo(7);
            assertThat(past.lineage()).hasSize(2).startsWith("saved");
        }
        assertThat(own.next(new NotStarted(), replace).history().orElseThrow().born()).isEqualTo(9);
    }
}
