package dev.microsandbox.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class ProcessorUseTest {

    private final ProcessorUse use = new ProcessorUse();
    private long nanos;
    private double wanted;

    /**
     * Simulates some seconds in which a process wants the given share of a processor, with four
     * updates per second.
     */
    private boolean spend(double seconds, double processors) {
        boolean changed = false;
        for (int i = 0; i < seconds * 4; i++) {
            nanos += 250_000_000;
            wanted += 250_000_000 * processors;
            changed |= use.update((long) wanted, nanos);
        }
        return changed;
    }

    @Test
    void aProcessThatComputesWithoutEndGivesWay() {
        assertThat(spend(1, 1)).isFalse();
        assertThat(use.niceValue()).isZero();
        assertThat(spend(3, 1)).isTrue();
        assertThat(use.niceValue()).isEqualTo(ProcessorUse.BUSY);
        assertThat(spend(10, 1)).isFalse();
    }

    @Test
    void smallCallsKeepTheirPlace() {
        for (int i = 0; i < 40; i++) {
            assertThat(spend(0.25, 1)).isFalse();
            assertThat(spend(0.5, 0)).isFalse();
        }
    }

    @Test
    void oneThatHasCalmedDownGetsItBack() {
        spend(10, 1);
        assertThat(spend(1, 0.5)).isFalse();
        assertThat(spend(3, 0)).isTrue();
        assertThat(use.niceValue()).isZero();
    }

    @Test
    void whatCouldNotBeDoneIsDoneAgain() {
        spend(1, 0);
        use.markUnset();
        assertThat(spend(0.25, 0)).isTrue();
        assertThat(spend(0.25, 0)).isFalse();
    }

    @Test
    void whatIsWaitedForIsWantedToo() throws Exception {
        assertThat(ProcessorUse.wanted("1500 700 12\n")).isEqualTo(2200);
        assertThatThrownBy(() -> ProcessorUse.wanted("1500")).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> ProcessorUse.wanted("a b c")).isInstanceOf(IOException.class);
    }

    @Test
    void aThreadsEndIsNoUse() {
        spend(3, 1);
        assertThat(use.niceValue()).isEqualTo(ProcessorUse.BUSY);
        wanted = 0;
        spend(0.25, 0);
        assertThat(spend(2, 1)).isFalse();
        assertThat(use.niceValue()).isEqualTo(ProcessorUse.BUSY);
    }
}
