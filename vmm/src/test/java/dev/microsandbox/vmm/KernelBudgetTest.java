package dev.microsandbox.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.KernelBudget.Gate;
import dev.microsandbox.vmm.KernelBudget.Gate.Declared;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KernelBudgetTest {

    private static final List<Declared> TESTS =
            List.of(
                    new Declared("dear", 400, false),
                    new Declared("cheap", 10, false),
                    new Declared("needed", 100, true),
                    new Declared("middling", 90, false));

    /** 600 s are 300 of a core: 1,500 million instructions at 200 ns, 300 million at 1 µs. */
    @ParameterizedTest
    @CsvSource({
        "200, needed cheap middling dear",
        "468, needed cheap middling dear",
        "469, needed cheap middling",
        "1000, needed cheap middling",
        "1500, needed cheap",
        "2000, needed cheap",
        "3000, needed",
        "99000, needed"
    })
    void asMuchRunsAsFitsTheTime(double nanos, String chosen) {
        assertThat(Gate.choose(TESTS, 40, 600, nanos))
                .containsExactlyInAnyOrder(chosen.split(" ", -1));
    }

    /** A budget knows tests by their names alone. */
    @Test
    void theTestsOfAllPartsOfAContractShareItsBudget() {
        assertThat(Gate.declared(SandboxContract.class))
                .extracting(Declared::name)
                .doesNotHaveDuplicates()
                .contains(
                        "aSignalIsReported",
                        "filesRoundTripByteForByte",
                        "pythonKeepsItsState",
                        "aForkBombHurtsOnlyItself",
                        "theGuestTellsAboutItself",
                        "aJobsLogIsBounded");
    }

    @Test
    void whatAClassDoesFirstCountsToo() {
        assertThat(Gate.choose(TESTS, 201, 600, 1_000)).containsExactlyInAnyOrder("needed");
        assertThat(Gate.choose(TESTS, 190, 600, 1_000))
                .containsExactlyInAnyOrder("needed", "cheap");
    }

    @ParameterizedTest
    @CsvSource({"31, 3", "230, 20", "231, 21", "550, 48", "1000, 87"})
    void commandsMayTakeAsMuchLongerAsTheKernelIsSlower(double nanos, int slowness) {
        assertThat(HostSpeed.slowness(nanos)).isEqualTo(slowness);
    }

    @Test
    void whatHasNoEmulatedKernelIsNotSlow() {
        assertThat(HostSpeed.slowness(Isolation.HARDWARE)).isEqualTo(1);
        assertThat(HostSpeed.slowness(Isolation.EMULATION)).isEqualTo(1);
    }
}
