package dev.microsandbox.vmm.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Saved machines depend on the devices' slots. */
class SlotTest {

    @Test
    void placesStayWhereTheyAre() {
        assertThat(Slot.values())
                .containsExactly(
                        Slot.ROOT,
                        Slot.CONSOLE,
                        Slot.ENTROPY,
                        Slot.BALLOON,
                        Slot.TOOLS,
                        Slot.WORKSPACE,
                        Slot.NETWORK);
        assertThat(Slot.values()).extracting(Slot::index).containsExactly(0, 1, 2, 3, 4, 5, 6);
    }

    /** A serial number of virtio-blk has at most 20 bytes. */
    @Test
    void disksHaveSerialsOfTheirOwn() {
        List<String> serials =
                List.of(Slot.ROOT.serial(), Slot.TOOLS.serial(), Slot.WORKSPACE.serial());
        assertThat(serials).doesNotHaveDuplicates().allMatch(serial -> serial.length() <= 20);
        assertThatIllegalStateException().isThrownBy(Slot.CONSOLE::serial);
    }
}
