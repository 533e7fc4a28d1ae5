package dev.microsandbox.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.launch.EffectiveCapabilities;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EffectiveCapabilitiesTest {

    @ParameterizedTest(name = "{0}: a user for each emulator {1}, nice values {2}")
    @CsvSource({
        "000001ffffffffff, true, true",
        "00000000a80425fb, true, false",
        "00000000008001e1, true, true",
        "00000000000001e1, true, false",
        "00000000000001c1, false, false",
        "00000000000001e0, false, false",
        "0000000000800000, false, true",
        "0000000000000000, false, false",
    })
    void theyDecideWhatIsDone(String effective, boolean users, boolean niceValues) {
        List<String> status =
                List.of("Name:\tjava", "CapPrm:\t000001ffffffffff", "CapEff:\t" + effective);
        assertThat(EffectiveCapabilities.include(status, ProcessUser.NEEDED)).isEqualTo(users);
        assertThat(EffectiveCapabilities.include(status, ProcessorShares.NEEDED))
                .isEqualTo(niceValues);
    }

    @Test
    void aKernelThatDoesNotSayAllowsNothing() {
        List<String> status = List.of("Name:\tjava", "Uid:\t0\t0\t0\t0");
        assertThat(EffectiveCapabilities.include(status, ProcessorShares.NEEDED)).isFalse();
    }
}
