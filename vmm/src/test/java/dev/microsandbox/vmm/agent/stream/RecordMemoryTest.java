package dev.microsandbox.vmm.agent.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class RecordMemoryTest {

    private static final int MIB = 1 << 20;
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(50);

    @Test
    void aRecordThatDoesNotFitAtAllIsRefusedAtOnce() throws InterruptedException {
        assertThat(new RecordMemory(2 * MIB, LONG, LONG).take("a", MIB + 1)).isNull();
    }

    @Test
    void aPlaceIsGivenBack() throws InterruptedException {
        RecordMemory memory = new RecordMemory(2 * MIB, SHORT, LONG);
        try (RecordMemory.Place place = memory.take("a", MIB)) {
            assertThat(place).isNotNull();
            assertThat(memory.taken()).isEqualTo(2 * MIB);
            assertThat(memory.take("b", MIB)).isNull();
            byte[] half = new byte[MIB / 2];
            half[0] = 7;
            assertThat(place.append(half, 0, half.length)).isTrue();
            assertThatThrownBy(place::bytes).isInstanceOf(IllegalStateException.class);
            assertThat(place.append(half, 0, half.length)).isTrue();
            assertThat(place.bytes()).hasSize(MIB).startsWith(7);
        }
        assertThat(memory.taken()).isZero();
        assertThat(memory.take("b", MIB)).isNotNull();
    }

    /** A machine that begins records on each of its streams holds one. */
    @Test
    void anOwnerHasOnePlace() throws InterruptedException {
        RecordMemory memory = new RecordMemory(100 * MIB, SHORT, LONG);
        assertThat(memory.take("a", MIB)).isNotNull();
        assertThat(memory.take("a", MIB)).isNull();
        assertThat(memory.take("b", MIB)).isNotNull();
    }

    @Test
    void whoWaitsGetsThePlaceOfARecordThatIsNotFinished() throws InterruptedException {
        RecordMemory memory = new RecordMemory(2 * MIB, LONG, SHORT);
        RecordMemory.Place slow = memory.take("a", MIB);
        assertThat(slow).isNotNull();
        assertThat(slow.append(new byte[10], 0, 10)).isTrue();
        assertThat(memory.take("b", MIB)).isNotNull();
        assertThat(slow.append(new byte[10], 0, 10)).as("has lost its place").isFalse();
        slow.close();
        assertThat(memory.taken()).isEqualTo(2 * MIB);
    }

    @Test
    void aCompleteRecordKeepsItsPlaceUntilItIsGivenBack() throws Exception {
        RecordMemory memory = new RecordMemory(2 * MIB, LONG, SHORT);
        RecordMemory.Place complete = memory.take("a", MIB);
        assertThat(complete).isNotNull();
        assertThat(complete.append(new byte[MIB], 0, MIB)).isTrue();
        CompletableFuture<Boolean> other =
                CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return memory.take("b", MIB) != null;
                            } catch (InterruptedException e) {
                                throw new IllegalStateException(e);
                            }
                        },
                        Thread::startVirtualThread);
        Thread.sleep(SHORT.multipliedBy(3));
        assertThat(complete.bytes()).hasSize(MIB);
        complete.close();
        assertThat(other.get(10, TimeUnit.SECONDS)).isTrue();
    }
}
