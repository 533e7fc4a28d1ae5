package dev.microsandbox.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProcessorUseTest {

    private final ProcessorUse use = new ProcessorUse();
    private long nanos;
    private double ticks;

    /** A part of a second that is used by so much of a processor; looked at four times a second. */
    private boolean spend(double seconds, double processors) {
        boolean changed = false;
        for (int i = 0; i < seconds * 4; i++) {
            nanos += 250_000_000;
            ticks += 25 * processors;
            changed |= use.update((long) ticks, nanos);
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
        use.forget();
        assertThat(spend(0.25, 0)).isTrue();
        assertThat(spend(0.25, 0)).isFalse();
    }

    @Test
    void theTimeOfAProcessIsReadWhateverItsName() throws Exception {
        assertThat(
                        ProcessorUse.ticks(
                                "12 (a) S 1 2) R 1 12 12 0 -1 4194560 100 0 0 0 250 50 7 8 20 0 4"))
                .isEqualTo(300);
        assertThatThrownBy(() -> ProcessorUse.ticks("12 (x) R 1")).isInstanceOf(IOException.class);
    }

    @Test
    void niceValuesTakeTheirCapability() {
        assertThat(ProcessorShares.mayChange(List.of("Name:\tjava", "CapEff:\t0000000000800000")))
                .isTrue();
        assertThat(ProcessorShares.mayChange(List.of("CapEff:\t00000000a80425fb"))).isFalse();
        assertThat(ProcessorShares.mayChange(List.of())).isFalse();
    }
}
