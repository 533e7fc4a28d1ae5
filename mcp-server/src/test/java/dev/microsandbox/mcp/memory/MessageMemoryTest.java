package dev.microsandbox.mcp.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class MessageMemoryTest {

    private static final long MIB = 1 << 20;
    private static final Duration SHORT = Duration.ofMillis(50);

    /** The total memory. A session may use 600 MiB of it: six times 100 MiB. */
    private static final long ALL = 2400 * MIB;

    @Test
    void aKeyWithManySessionsLeavesMemoryToOthers() throws Exception {
        MessageMemory memory = new MessageMemory(2400 * MIB, SHORT);
        List<CallMemory> greedy = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            greedy.add(memory.session(new Owner("greedy", "key")).call());
        }
        int taken = 0;
        for (CallMemory call : greedy) {
            try {
                call.take(80 * MIB);
                taken++;
            } catch (MessageMemoryException e) {
                assertThat(e.isOfCaller()).isTrue();
            }
        }
        assertThat(taken).isEqualTo(2);
        try (CallMemory other = memory.session(new Owner("other", "key")).call()) {
            other.take(80 * MIB);
        }
        greedy.forEach(CallMemory::close);
    }

    @Test
    void smallMessagesNeverWait() throws Exception {
        SessionMemory session = new MessageMemory(ALL, SHORT).session();
        try (CallMemory large = session.call();
                CallMemory small = session.call()) {
            large.take(100 * MIB);
            small.take(MIB);
            assertThatThrownBy(() -> small.take(MIB + 1))
                    .isInstanceOf(MessageMemoryException.class)
                    .matches(e -> !((MessageMemoryException) e).isPermanent())
                    .hasMessage(
                            "Other large messages of this session are still under way. Try again later, or with less at a time.");
        }
    }

    @Test
    void aSessionHasAQuarterAndLeavesTheRestToOthers() throws Exception {
        MessageMemory memory = new MessageMemory(ALL, SHORT);
        SessionMemory greedy = memory.session();
        try (CallMemory first = greedy.call();
                CallMemory second = greedy.call();
                CallMemory third = greedy.call();
                CallMemory other = memory.session().call()) {
            first.take(50 * MIB);
            second.take(50 * MIB);
            assertThatThrownBy(() -> third.take(2 * MIB))
                    .isInstanceOf(MessageMemoryException.class);
            other.take(100 * MIB);
        }
    }

    @Test
    void theLargestMessageFindsRoomWhereThereIsLittle() throws Exception {
        SessionMemory session = new MessageMemory(400 * MIB, SHORT).session();
        assertRoomFor(86 * MIB, session);
        assertRoomFor(86 * MIB, session);
    }

    @Test
    void whatTheHeapHasNoRoomForIsRefused() {
        try (CallMemory call = new MessageMemory(240 * MIB, SHORT).session().call()) {
            assertThatThrownBy(() -> call.take(71 * MIB))
                    .isInstanceOf(MessageMemoryException.class)
                    .matches(e -> ((MessageMemoryException) e).isPermanent())
                    .hasMessage(
                            "This server has memory for messages of up to 70 MiB. Do it in parts.");
        }
    }

    @Test
    void whoFindsNoneLeavesNothingTaken() throws Exception {
        MessageMemory memory = new MessageMemory(600 * MIB, SHORT);
        SessionMemory session = memory.session();
        try (CallMemory other = memory.session().call()) {
            other.take(60 * MIB);
            try (CallMemory call = session.call()) {
                assertThatThrownBy(() -> call.take(60 * MIB))
                        .isInstanceOf(MessageMemoryException.class)
                        .hasMessageStartingWith("Large messages of other sessions take all");
            }
        }
        assertRoomFor(64 * MIB, session);
    }

    @Test
    void whoWaitsGoesOnWhenThereIsRoom() throws Exception {
        SessionMemory session = new MessageMemory(ALL, Duration.ofSeconds(20)).session();
        CallMemory first = session.call();
        first.take(100 * MIB);
        CountDownLatch taken = new CountDownLatch(1);
        try (CallMemory second = session.call()) {
            Thread waiting = start(() -> take(second, 100 * MIB, taken));
            await().until(() -> waiting.getState() == Thread.State.TIMED_WAITING);
            assertThat(taken.getCount()).isOne();
            first.close();
            taken.await();
        }
    }

    @Test
    void aParsedRequestAndAnAnswerThatIsMadeTakeLess() throws Exception {
        SessionMemory session = new MessageMemory(ALL, SHORT).session();
        try (CallMemory first = session.call();
                CallMemory second = session.call()) {
            first.take(100 * MIB);
            first.parsed(100 * MIB);
            second.take(50 * MIB);
            second.during(() -> CallMemory.answerComplete(70 * MIB));
            assertRoomFor(38 * MIB, session);
            try (CallMemory third = session.call()) {
                assertThatThrownBy(() -> third.take(39 * MIB))
                        .isInstanceOf(MessageMemoryException.class);
            }
        }
    }

    @Test
    void whatACallTakesMoreIsAddedToWhatItHas() throws Exception {
        SessionMemory session = new MessageMemory(ALL, SHORT).session();
        try (CallMemory call = session.call();
                CallMemory other = session.call()) {
            call.take(60 * MIB);
            call.parsed(60 * MIB);
            call.take(60 * MIB);
            other.take(10 * MIB);
            assertThatThrownBy(() -> other.take(2 * MIB))
                    .isInstanceOf(MessageMemoryException.class);
        }
    }

    @Test
    void aCallThatNobodyWaitsForGetsNothing() throws Exception {
        SessionMemory session = new MessageMemory(ALL, Duration.ofSeconds(20)).session();
        CallMemory call = session.call();
        call.close();
        assertThatThrownBy(() -> call.take(100 * MIB)).isInstanceOf(InterruptedException.class);
        assertRoomFor(100 * MIB, session);
    }

    @Test
    void whoIsInterruptedWhileWaitingHasNothing() throws Exception {
        SessionMemory session = new MessageMemory(ALL, Duration.ofSeconds(20)).session();
        CallMemory first = session.call();
        first.take(100 * MIB);
        AtomicReference<@Nullable Exception> end = new AtomicReference<>();
        CallMemory second = session.call();
        Thread waiting =
                start(
                        () -> {
                            try {
                                second.take(100 * MIB);
                            } catch (InterruptedException e) {
                                end.set(e);
                            }
                        });
        await().until(() -> waiting.getState() == Thread.State.TIMED_WAITING);
        waiting.interrupt();
        waiting.join();
        assertThat(end.get()).isNotNull();
        first.close();
        assertRoomFor(100 * MIB, session);
    }

    /** Takes that much memory without an error, and releases it. */
    private static void assertRoomFor(long bytes, SessionMemory session)
            throws InterruptedException {
        try (CallMemory call = session.call()) {
            call.take(bytes);
        }
    }

    private static Thread start(Runnable work) {
        return Thread.ofPlatform().start(work);
    }

    private static void take(CallMemory call, long bytes, CountDownLatch taken) {
        try {
            call.take(bytes);
            taken.countDown();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
