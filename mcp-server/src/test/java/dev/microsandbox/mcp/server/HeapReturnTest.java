package dev.microsandbox.mcp.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class HeapReturnTest {

    private static final long SMALL = 20L << 20;
    private static final long LARGE = SMALL + HeapReturn.WORTH;

    private final AtomicLong heap = new AtomicLong(SMALL);
    private final AtomicInteger collections = new AtomicInteger();
    private long afterCollection = SMALL;
    private final HeapReturn returned =
            new HeapReturn(
                    heap::get,
                    () -> {
                        collections.incrementAndGet();
                        heap.set(afterCollection);
                    });

    @Test
    void aHeapThatHasGrownIsCollectedOnceAfterTheLoad() {
        checks(5);
        heap.set(LARGE);
        checks(3);
        assertThat(collections).hasValue(0);
        checks(1);
        assertThat(collections).hasValue(1);
        checks(10);
        assertThat(collections).hasValue(1);
        heap.set(LARGE);
        checks(4);
        assertThat(collections).hasValue(2);
    }

    @Test
    void aHeapThatGrowsIsLeftAlone() {
        for (int i = 0; i < 20; i++) {
            heap.addAndGet(HeapReturn.WORTH);
            checks(1);
        }
        assertThat(collections).hasValue(0);
    }

    @Test
    void aHeapThatIsInUseIsNotCollectedAgain() {
        afterCollection = LARGE;
        heap.set(LARGE);
        checks(20);
        assertThat(collections).hasValue(1);
    }

    @Test
    void aLittleIsNotWorthACollection() {
        heap.set(LARGE - 1);
        checks(20);
        assertThat(collections).hasValue(0);
    }

    private void checks(int count) {
        for (int i = 0; i < count; i++) {
            returned.check();
        }
    }
}
