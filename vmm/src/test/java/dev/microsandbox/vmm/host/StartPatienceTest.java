package dev.microsandbox.vmm.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.host.KvmFinding.State;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class StartPatienceTest {

    private static final Duration PLENTY = Duration.ofMinutes(2);

    private static StartPatience emulating(double nanos) {
        return StartPatience.on(new KvmFinding(State.EMULATED, "", nanos));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "EMULATED")
    void aProcessorAndSoftwareEmulationNeedNoMore(State state) {
        assertThat(StartPatience.on(new KvmFinding(state, "", 20)))
                .isEqualTo(new StartPatience(PLENTY, PLENTY));
    }

    @ParameterizedTest
    @ValueSource(doubles = {31, 230, 550, 930, 2_000})
    void whatAGuestsKernelDoesMayTakeFourTimesItsTime(double nanos) {
        StartPatience patience = emulating(nanos);
        assertThat(patience.start())
                .isEqualTo(PLENTY.plus(Duration.ofMillis((long) (4 * 75 * nanos))));
        assertThat(patience.interpreter())
                .isEqualTo(PLENTY.plus(Duration.ofMillis((long) (4 * 160 * nanos))));
    }

    @Test
    void theAgentTakesNoMoreThanAnHour() {
        assertThat(emulating(1e6))
                .isEqualTo(new StartPatience(Duration.ofHours(1), Duration.ofHours(1)));
    }

    @Test
    void whatTheUserHasSetStays() {
        SandboxConfig set =
                SandboxConfig.DEFAULT
                        .withStartTimeout(Duration.ofSeconds(5))
                        .withInterpreterTimeout(Duration.ofSeconds(6));
        assertThat(emulating(1_000).applyTo(set)).isEqualTo(set);
    }

    @Test
    void whatTheUserHasLeftOpenIsFilledIn() {
        SandboxConfig filled = emulating(1_000).applyTo(SandboxConfig.DEFAULT);
        assertThat(filled.startTimeout()).isEqualTo(Duration.ofMinutes(7));
        assertThat(filled.interpreterTimeout()).isEqualTo(Duration.ofSeconds(760));
    }
}
