package dev.microsandbox.vmm.kvmmachine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microsandbox.vmm.kvm.Kvm;
import dev.microsandbox.vmm.virtio.Entropy;
import dev.microsandbox.vmm.virtio.VirtioDevice;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MachineSetupTest {

    private static MachineSetup setup(int vcpus, List<VirtioDevice> devices) {
        return new MachineSetup("test", Kvm.DEVICE, vcpus, false, devices, List.of());
    }

    @Test
    void devicesHaveRoomInItsSlots() {
        MachineSetup setup = setup(1, List.of(new Entropy(), new Entropy()));
        assertThat(setup.windows()).isEqualTo(2);
        assertThat(setup.slots()).containsExactly(0, 1);
        MachineSetup apart = setup.withSlots(List.of(1, 6), 7);
        assertThat(apart.windows()).isEqualTo(7);
        assertThat(apart.slots()).containsExactly(1, 6);
        for (List<Integer> places :
                List.of(
                        List.<Integer>of(),
                        List.of(1),
                        List.of(1, 7),
                        List.of(6, 1),
                        List.of(1, 1),
                        List.of(-1, 1),
                        List.of(0, 1, 2))) {
            assertThatThrownBy(() -> setup.withSlots(places, 7))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("do not fit slots " + places + " of 7 windows");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 8})
    void aMachineHasOneToEightVcpus(int vcpus) {
        assertThat(setup(vcpus, List.of()).vcpus()).isEqualTo(vcpus);
    }

    @ParameterizedTest
    @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 9, 256, Integer.MAX_VALUE})
    void otherNumbersOfVcpusAreRefused(int vcpus) {
        assertThatThrownBy(() -> setup(vcpus, List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a machine has 1 to 8 vCPUs, not " + vcpus);
    }

    @Test
    void whatItIsMadeOfStays() {
        List<VirtioDevice> devices = new ArrayList<>(List.of(new Entropy()));
        MachineSetup setup = setup(1, devices);
        devices.clear();
        assertThat(setup.devices()).hasSize(1);
    }
}
