package dev.microsandbox.vmm.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microsandbox.vmm.Isolation;
import dev.microsandbox.vmm.SandboxStartException;
import dev.microsandbox.vmm.host.KvmFinding.State;
import dev.microsandbox.vmm.launch.Confinement;
import dev.microsandbox.vmm.qemu.QemuMachineKind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MachineChoiceTest {

    private static final String FINDING = "/dev/kvm was looked at. Do this about it.";

    private static MachineChoice choose(Accelerator wanted, State state) {
        return MachineChoice.of(wanted, new KvmFinding(state, FINDING), Confinement.DEFAULT);
    }

    @ParameterizedTest
    @EnumSource
    void qemuIsQemuWhateverTheHostHas(State state) {
        assertThat(choose(Accelerator.QEMU, state))
                .isEqualTo(
                        new MachineChoice(
                                new QemuMachineKind("QEMU's software emulation, as configured"),
                                StartPatience.DEFAULT));
        assertThat(choose(Accelerator.QEMU, state).kind().isolation())
                .isEqualTo(Isolation.EMULATION);
    }

    @ParameterizedTest
    @EnumSource
    void autoIsKvmOnlyWhereTheProcessorRunsGuests(State state) {
        MachineChoice choice = choose(Accelerator.AUTO, state);
        if (state == State.USABLE) {
            assertThat(choice.kind().isolation()).isEqualTo(Isolation.HARDWARE);
            assertThat(choice.kind().description()).startsWith("KVM: ");
        } else {
            assertThat(choice.kind().isolation()).isEqualTo(Isolation.EMULATION);
            assertThat(choice.kind().description()).startsWith("QEMU's software emulation");
        }
        assertSaysWhy(choice);
    }

    @ParameterizedTest
    @EnumSource(names = {"USABLE", "EMULATED"})
    void kvmIsKvmWhereMachinesRunAndSaysWhetherByHardware(State state) {
        MachineChoice choice = choose(Accelerator.KVM, state);
        assertThat(choice.kind().isolation())
                .isEqualTo(state == State.USABLE ? Isolation.HARDWARE : Isolation.KVM_SOFTWARE);
        assertThat(choice.kind().description()).startsWith("KVM, as configured: ");
        assertSaysWhy(choice);
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"USABLE", "EMULATED"})
    void kvmThatCannotBeUsedIsAnErrorWithItsRemedy(State state) {
        assertThatThrownBy(() -> choose(Accelerator.KVM, state))
                .isInstanceOf(SandboxStartException.class)
                .hasMessageContaining("set to kvm")
                .hasMessageContaining(FINDING)
                .hasMessageContaining("'auto' or 'qemu'");
    }

    /** Checks that the description is a clause: the finding without its last full stop. */
    private static void assertSaysWhy(MachineChoice choice) {
        assertThat(choice.kind().description())
                .endsWith("/dev/kvm was looked at. Do this about it");
    }
}
