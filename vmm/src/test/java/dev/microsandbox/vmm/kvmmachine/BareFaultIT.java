package dev.microsandbox.vmm.kvmmachine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.microsandbox.vmm.CheckpointException;
import dev.microsandbox.vmm.kvmmachine.Code.Register;
import dev.microsandbox.vmm.memory.FileMemory;
import dev.microsandbox.vmm.memory.MemoryFaultException;
import dev.microsandbox.vmm.snapshot.Snapshot;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Machines whose memory is a file that somebody makes shorter: each ends with words, and a
 * neighbour that was made of another file goes on.
 */
@Timeout(60)
class BareFaultIT extends BareCheckpoints {

    private static final String WORDS = "its memory cannot be accessed any more";

    private Guest neighbour() throws Exception {
        return boot();
    }

    private static void assertGoesOn(Guest neighbour) {
        long before = neighbour.count();
        neighbour.work();
        assertThat(neighbour.count()).isGreaterThan(before);
    }

    private Guest saved(Path place) throws Exception {
        Guest guest = boot();
        guest.save(place);
        return guest;
    }

    private static void truncate(Path checkpoint) throws Exception {
        FileMemory.truncate(checkpoint.resolve("memory.0"), 0);
    }

    private static void assertEnded(BareMachine guest) throws Exception {
        MachineEnd end = guest.end();
        assertThat(end.kind()).isEqualTo(MachineEnd.Kind.CRASHED);
        assertThat(end.text()).contains(WORDS);
    }

    /** The guest itself meets the fault: it writes to every page. */
    @Test
    void aRunningGuestEnds() throws Exception {
        Path place = directory.resolve("one");
        Guest neighbour = neighbour();
        Guest original = saved(place);
        Guest clone = resume(place);
        clone.work();
        truncate(place);
        assertEnded(clone.bare);
        assertEnded(original.bare);
        assertGoesOn(neighbour);
    }

    @Test
    void aCheckpointOfItFailsInWordsAndEndsIt() throws Exception {
        Path place = directory.resolve("one");
        Guest neighbour = neighbour();
        Guest guest = saved(place);
        scribble(guest, new Random(1), 10);
        assertThat(guest.bare.machine.pause()).isTrue();
        truncate(place);
        assertThatExceptionOfType(MemoryFaultException.class)
                .isThrownBy(() -> guest.bare.memory.u64(BareMachine.CODE));
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> guest.save(directory.resolve("two")))
                .withMessageContaining(WORDS);
        assertThat(guest.bare.end().kind()).isEqualTo(MachineEnd.Kind.CRASHED);
        assertThat(directory.resolve("two")).doesNotExist();
        assertGoesOn(neighbour);
    }

    /** A file that became shorter after the snapshot was opened, before a machine is made of it. */
    @Test
    void aCloneOfItEnds() throws Exception {
        Path place = directory.resolve("one");
        Guest neighbour = neighbour();
        saved(place).close();
        Snapshot snapshot = keep(Snapshot.open(place, GuestRequirements.of(BareMachine.GUEST)));
        truncate(place);
        BareMachine clone = keep(BareMachine.resume(snapshot));
        assertEnded(clone);
        assertGoesOn(neighbour);
    }

    @Test
    void aRollbackToItIsRefusedOrEndsIt() throws Exception {
        Path place = directory.resolve("one");
        Guest neighbour = neighbour();
        Guest guest = saved(place);
        guest.save(directory.resolve("two"));
        Snapshot snapshot = keep(Snapshot.open(place, GuestRequirements.of(BareMachine.GUEST)));
        truncate(place);
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> guest.putBack(place))
                .withMessageContaining("bytes and not");
        assertEnded(guest.bare);
        snapshot.close();
        assertGoesOn(neighbour);
    }

    /** A device reads its queue in memory that is gone, while the guest's own pages are not. */
    @Test
    void theCrashReportOfAFaultSaysWhatItCan() throws Exception {
        Code code = new Code().mov(Register.RBX, BareMachine.DATA);
        int again = code.position();
        code.load(8).jump(again);
        Path place = directory.resolve("reader");
        Snapshot snapshot;
        try (BareMachine reader = BareMachine.start(code)) {
            snapshot = keep(reader.save(place));
        }
        BareMachine clone = keep(BareMachine.resume(snapshot));
        truncate(place);
        assertEnded(clone);
        assertThat(clone.end().text()).contains("vCPU 0");
    }
}
