package dev.microsandbox.vmm.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.FormerRelease;
import dev.microsandbox.vmm.memory.GuestMemory;
import dev.microsandbox.vmm.state.StateWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Machines on KVM that the former release saved. */
class FormerSnapshotTest {

    private static final Path FORMER = FormerRelease.file("kvm-checkpoint");

    @Test
    void itIsOpenedWithItsMemory() throws IOException {
        try (Snapshot snapshot = Snapshot.open(FORMER, States.HERE);
                GuestMemory memory = GuestMemory.copyOf(snapshot.memory())) {
            assertThat(memory.u64(0x1000)).isEqualTo(0x1122);
            assertThat(memory.u64(0x2000)).isEqualTo(0x3344);
            assertThat(encoded(snapshot.state())).isEqualTo(encoded(States.state(2)));
        }
    }

    private static byte[] encoded(MachineState state) {
        StateWriter to = new StateWriter();
        state.write(to);
        return to.toBytes();
    }

    @Test
    void itsStateIsWrittenAsItWas() throws IOException {
        byte[] former = Files.readAllBytes(FORMER.resolve("state"));
        assertThat(SnapshotFile.decode(former).encode()).isEqualTo(former);
    }
}
