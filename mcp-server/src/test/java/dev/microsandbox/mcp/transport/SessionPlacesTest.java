package dev.microsandbox.mcp.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.transport.SessionPlaces.Shortage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Which session gives way. The server has 6 places, and each namespace 4 of them. */
class SessionPlacesTest {

    private final Set<String> used = ConcurrentHashMap.newKeySet();
    private final List<String> ended = Collections.synchronizedList(new ArrayList<>());
    private final SessionPlaces places =
            new SessionPlaces(
                    new SessionLimits(6, 100).withOfNamespace(_ -> 4),
                    id -> !used.contains(id),
                    ended::add);

    private Optional<Shortage> open(String id) {
        String namespace = id.substring(0, 1);
        Optional<Shortage> shortage = places.reserve(namespace);
        if (shortage.isEmpty()) {
            places.opened(id, namespace);
        }
        return shortage;
    }

    private void openAll(String... ids) {
        for (String id : ids) {
            assertThat(open(id)).isEmpty();
        }
    }

    @Test
    void nothingEndsWhileThereIsRoom() {
        openAll("a1", "a2", "a3", "a4", "b1", "b2");
        assertThat(ended).isEmpty();
    }

    @Test
    void theOldestOfTheNamespaceThatNeverMadeAComputerGivesWay() {
        openAll("b1", "a1", "a2", "a3", "a4");
        used.add("a1");
        openAll("a5", "a6");
        assertThat(ended).containsExactly("a2", "a3");
        assertThat(places.has("a")).isEqualTo(4);
        used.addAll(Set.of("a4", "a5", "a6"));
        assertThat(open("a7")).contains(Shortage.NAMESPACE);
        places.closed("a1");
        openAll("a8");
        assertThat(ended).hasSize(2);
    }

    @Test
    void aNamespaceWithLessThanItsShareTakesThePlaceFromTheOneWithMore() {
        openAll("a1", "a2", "a3", "a4", "c1", "c2");
        used.add("a1");
        openAll("b1", "b2"); // the fair share of three is 2
        assertThat(ended).containsExactly("a2", "a3");
        openAll("b3"); // b has its share now, and takes its own
        assertThat(ended).containsExactly("a2", "a3", "b1");
        assertThat(places.has("c")).isEqualTo(2);
    }

    @Test
    void aFloodEndsOnlySessionsOfTheNamespaceThatFloods() {
        openAll("b1", "b2", "b3");
        for (int i = 0; i < 1000; i++) {
            open("a" + i);
        }
        assertThat(ended).isNotEmpty().allMatch(id -> id.startsWith("a"));
        assertThat(places.has("b")).isEqualTo(3);
    }

    @Test
    void sessionsWithComputersDoNotGiveWay() {
        openAll("a1", "a2", "a3", "a4", "c1", "c2");
        used.addAll(Set.of("a1", "a2", "a3", "a4", "c1", "c2"));
        assertThat(open("b1")).contains(Shortage.SERVER);
        assertThat(ended).isEmpty();
    }

    @Test
    void aPlaceIsReleasedOnce() {
        openAll("a1", "a2", "a3", "a4");
        openAll("a5");
        places.closed("a1"); // it gave way before
        assertThat(places.has("a")).isEqualTo(4);
        assertThat(places.reserve("b")).isEmpty();
        places.release("b");
        assertThat(places.has("b")).isZero();
    }

    @Test
    void racingSessionsNeverExceedALimit() throws InterruptedException {
        used.addAll(Set.of("a0-0", "a1-0", "b2-0"));
        AtomicInteger number = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        Set<Integer> seen = Collections.synchronizedSet(new HashSet<>());
        for (int i = 0; i < 8; i++) {
            String namespace = i % 2 == 0 ? "a" : "b";
            threads.add(
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        for (int n = 0; n < 300; n++) {
                                            String id = namespace + number.incrementAndGet();
                                            open(id);
                                            seen.add(places.has("a"));
                                            seen.add(places.has("b"));
                                            if (n % 3 == 0) {
                                                places.closed(id);
                                            }
                                        }
                                    }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(Collections.max(seen)).isLessThanOrEqualTo(4);
        assertThat(places.has("a") + places.has("b")).isLessThanOrEqualTo(6);
    }
}
