package dev.microsandbox.vmm.machine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.memory.GuestLayout;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class KernelParametersTest {

    private static List<String> words(String line) {
        return List.of(line.split(" "));
    }

    static Stream<String> all() {
        return Stream.of(
                KernelParameters.forTcg(),
                KernelParameters.forKvm(false),
                KernelParameters.forKvm(true));
    }

    @ParameterizedTest
    @MethodSource("all")
    void everyGuestFindsItsDiskAgentAndConsole(String line) {
        assertThat(words(line))
                .contains(
                        "console=hvc0",
                        "root=/dev/vda",
                        "rootfstype=erofs",
                        "ro",
                        "init=/sbin/microsandbox-agent")
                .doesNotHaveDuplicates()
                .doesNotContain("");
    }

    /** Without it, a machine would hang when its guest panics. */
    @ParameterizedTest
    @MethodSource("all")
    void aPanicEndsTheMachine(String line) {
        assertThat(words(line)).contains("panic=-1");
        assertThat(words(line).stream().filter(word -> word.startsWith("reboot="))).hasSize(1);
    }

    @Test
    void eachMachineIsResetByWhatItHas() {
        assertThat(words(KernelParameters.forTcg())).contains("reboot=t");
        assertThat(words(KernelParameters.forKvm(false))).contains("reboot=k");
        assertThat(words(KernelParameters.forKvm(true))).contains("reboot=k");
    }

    @Test
    void onlyAnEmulatedKernelModeGoesWithoutInstructions() {
        assertThat(words(KernelParameters.forKvm(true)))
                .containsAll(words(KernelParameters.forKvm(false)))
                .contains("nokaslr", "noxsave", "clocksource=kvm-clock");
        assertThat(KernelParameters.forKvm(true)).contains(" clearcpuid=").contains("cx16");
        assertThat(KernelParameters.forKvm(false) + KernelParameters.forTcg())
                .doesNotContain("clearcpuid")
                .doesNotContain("nokaslr")
                .doesNotContain("noxsave")
                .doesNotContain("clocksource");
    }

    /** There must be room for each device's parameter: "virtio_mmio.device=4K@0xd0000000:5". */
    @ParameterizedTest
    @MethodSource("all")
    void itIsPrintableAndFits(String line) {
        assertThat(line).matches("[!-~]+( [!-~]+)*");
        assertThat(line.length() + 16 * 40).isLessThan(GuestLayout.COMMAND_LINE_MAX);
    }
}
