package dev.microsandbox.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whether each emulator can have a user of its own. */
class ProcessUserTest {

    @ParameterizedTest
    @CsvSource({
        "000001ffffffffff, true",
        "00000000a80425fb, true",
        "00000000000001e1, true",
        "00000000000001c1, false",
        "00000000000001e0, false",
        "0000000000000000, false",
    })
    void fiveCapabilitiesDecide(String effective, boolean may) {
        assertThat(
                        ProcessUser.mayChange(
                                List.of(
                                        "Name:\tjava",
                                        "CapPrm:\t000001ffffffffff",
                                        "CapEff:\t" + effective)))
                .isEqualTo(may);
    }

    @Test
    void aKernelThatDoesNotSayAllowsNothing() {
        assertThat(ProcessUser.mayChange(List.of("Name:\tjava", "Uid:\t0\t0\t0\t0"))).isFalse();
    }
}
