package dev.microsandbox.vmm.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
@SuppressWarnings("NullAway.Init") // made before each test
class EpollTest {

    private Epoll epoll;
    private final List<EventFd> events = new ArrayList<>();

    @BeforeEach
    void create() throws Exception {
        epoll = Epoll.create();
    }

    @AfterEach
    void close() {
        epoll.close();
        events.forEach(EventFd::close);
    }

    @Test
    void eachSignalIsReportedOnce() throws Exception {
        EventFd event = added(7);
        for (int i = 0; i < 100; i++) {
            event.signal();
            assertThat(look()).containsExactly(7);
            assertThat(look()).isEmpty();
        }
    }

    @Test
    void signalsBetweenTwoLooksAreReportedTogether() throws Exception {
        EventFd event = added(7);
        event.signal();
        event.signal();
        event.signal();
        assertThat(look()).containsExactly(7);
        assertThat(look()).isEmpty();
    }

    @Test
    void aSignalFromBeforeTheWatchIsReported() throws Exception {
        EventFd event = event();
        event.signal();
        epoll.add(event, 7);
        assertThat(look()).containsExactly(7);
        assertThat(look()).isEmpty();
    }

    @Test
    void theTokenComesBackWhateverItIs() throws Exception {
        for (int token : new int[] {0, 1, -1, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            added(token).signal();
            assertThat(look()).containsExactly(token);
        }
    }

    @Test
    void onlyTheSignalledAreReported() throws Exception {
        EventFd first = added(1);
        EventFd second = added(2);
        EventFd third = added(3);
        second.signal();
        assertThat(look()).containsExactly(2);
        third.signal();
        first.signal();
        assertThat(look()).containsExactlyInAnyOrder(1, 3);
    }

    @Test
    void moreThanOneCallCanReportAreReportedInSeveral() throws Exception {
        for (int token = 0; token < 40; token++) {
            added(token).signal();
        }
        List<Integer> all = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            all.addAll(look());
        }
        assertThat(all)
                .containsExactlyInAnyOrderElementsOf(IntStream.range(0, 40).boxed().toList());
    }

    @Test
    void aCounterAtItsLimitIsRaisedStill() throws Exception {
        EventFd event = added(7);
        try (Arena arena = Arena.ofConfined()) {
            assertThat(LibC.write(event.fd(), arena.allocateFrom(ValueLayout.JAVA_LONG, -2), 8))
                    .isEqualTo(8);
        }
        assertThat(look()).containsExactly(7);
        event.signal();
        event.signal();
        EventFd other = added(8);
        other.signal();
        assertThat(look()).contains(8);
    }

    @Test
    void aClosedEventIsReportedNoMore() throws Exception {
        EventFd gone = added(1);
        EventFd there = added(2);
        gone.signal();
        gone.close();
        there.signal();
        assertThat(look()).containsExactly(2);
    }

    @Test
    void waitsUntilAnotherThreadSignals() throws Exception {
        EventFd event = added(7);
        CompletableFuture<List<Integer>> woken = new CompletableFuture<>();
        Thread waiter = Thread.ofPlatform().start(() -> woken.complete(awaitUnchecked(-1)));
        waiter.join(100);
        assertThat(woken).isNotDone();
        event.signal();
        assertThat(woken.get(10, TimeUnit.SECONDS)).containsExactly(7);
        waiter.join();
    }

    @Test
    void waitsAsLongAsItIsTold() {
        long start = System.nanoTime();
        assertThat(awaitUnchecked(50)).isEmpty();
        assertThat(System.nanoTime() - start).isGreaterThan(45_000_000);
    }

    @Test
    void anEventIsWatchedOnce() throws Exception {
        EventFd event = added(1);
        assertThatExceptionOfType(LinuxException.class)
                .isThrownBy(() -> epoll.add(event, 2))
                .withMessage("epoll_ctl(add fd %d): EEXIST (17)", event.fd());
    }

    private EventFd event() throws LinuxException {
        EventFd event = EventFd.create();
        events.add(event);
        return event;
    }

    private EventFd added(int token) throws LinuxException {
        EventFd event = event();
        epoll.add(event, token);
        return event;
    }

    private List<Integer> look() {
        return awaitUnchecked(0);
    }

    private List<Integer> awaitUnchecked(int timeoutMillis) {
        List<Integer> tokens = new ArrayList<>();
        try {
            epoll.await(timeoutMillis, tokens::add);
        } catch (LinuxException e) {
            throw new AssertionError(e);
        }
        return tokens;
    }
}
