package dev.microsandbox.vmm.kvmmachine;

import static dev.microsandbox.vmm.kvmmachine.BareMachine.DATA;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microsandbox.vmm.HostSpeed;
import dev.microsandbox.vmm.kvm.VmPart;
import dev.microsandbox.vmm.kvmmachine.Code.Register;
import dev.microsandbox.vmm.memory.GuestMemory;
import dev.microsandbox.vmm.snapshot.Snapshot;
import dev.microsandbox.vmm.virtio.Block;
import dev.microsandbox.vmm.virtio.BlockFile;
import dev.microsandbox.vmm.virtio.Console;
import dev.microsandbox.vmm.virtio.EchoDevice;
import dev.microsandbox.vmm.virtio.Entropy;
import dev.microsandbox.vmm.virtio.VirtioDevice;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Saving, cloning and rolling back, with guests of a few instructions on the real KVM. */
@Timeout(120)
class BareSnapshotIT extends BareSnapshots {

    @Test
    void aCounterGoesOnInAnotherMachineAndInPlace() throws Exception {
        BareMachine guest = keep(BareMachine.start(counter()));
        awaitCount(guest, 1000);
        Snapshot snapshot = keep(guest.save(directory.resolve("one")));
        long count = guest.memory.u64(DATA);
        guest.machine.resume();
        awaitCount(guest, count + 1000);

        // A long pause, compared with the time that cloning itself takes.
        long unit = Math.max(1, HostSpeed.slowness() / 20);
        Thread.sleep(1000 * unit);
        BareMachine clone = keep(BareMachine.restore(snapshot, List.of(), List.of()));
        assertThat(clone.memory.u64(DATA)).isEqualTo(count);
        clone.machine.begin();
        awaitCount(clone, count + 1000);
        // For the guest, no time has passed while no machine ran it.
        Snapshot later = keep(clone.save(directory.resolve("two")));
        assertThat(clock(later) - clock(snapshot)).isBetween(0L, 900_000_000L * unit);
        clone.machine.resume();
        for (int i = 0; i < 5; i++) {
            rollback(clone, snapshot);
            assertThat(clone.memory.u64(DATA)).isEqualTo(count);
            clone.machine.resume();
            awaitCount(clone, count + 1000);
        }
    }

    /** KVM's clock, in nanoseconds. */
    private static long clock(Snapshot snapshot) {
        MemorySegment part = Objects.requireNonNull(snapshot.state().parts().get(VmPart.CLOCK));
        return part.get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
    }

    @Test
    void twentyClonesGoTheirOwnWaysAndLeaveTheSnapshotAlone() throws Exception {
        // Counts in steps of a number that the host writes.
        Code code = new Code().mov(Register.RBX, DATA).mov(Register.RSI, DATA + 8);
        int again = code.position();
        code.raw(0x48, 0x8b, 0x06) // mov rax, [rsi]
                .raw(0x48, 0x01, 0x03) // add [rbx], rax
                .jump(again);
        BareMachine guest = keep(BareMachine.start(code));
        Snapshot snapshot = keep(guest.save(directory.resolve("one")));
        long start = guest.memory.u64(DATA);
        String saved = sha256(guest.memory);
        List<BareMachine> clones = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            BareMachine clone = keep(BareMachine.restore(snapshot, List.of(), List.of()));
            assertThat(sha256(clone.memory)).isEqualTo(saved);
            clone.memory.putU64(DATA + 8, i + 1000);
            clone.machine.begin();
            clones.add(clone);
        }
        for (int i = 0; i < 20; i++) {
            BareMachine clone = clones.get(i);
            awaitCount(clone, start + 100_000);
            assertThat(clone.machine.pause()).isTrue();
            assertThat((clone.memory.u64(DATA) - start) % (i + 1000)).isZero();
        }
        // The file has not changed: its checksums still match.
        Snapshot reopened = keep(Snapshot.open(directory.resolve("one"), snapshot.requirements()));
        try (GuestMemory fresh = GuestMemory.copyOf(reopened.memory())) {
            assertThat(sha256(fresh)).isEqualTo(saved);
        }
    }

    @Test
    void twoHundredRollbacksLeaveNothing() throws Exception {
        BareMachine guest = keep(BareMachine.start(counter()));
        awaitCount(guest, 10);
        Snapshot snapshot = keep(guest.save(directory.resolve("one")));
        String saved = sha256(guest.memory);
        long count = guest.memory.u64(DATA);
        BareMachine clone = keep(BareMachine.resume(snapshot));
        for (int i = 0; i < 20; i++) {
            rollback(clone, snapshot);
            clone.machine.resume();
        }
        ProcessUsage before = ProcessUsage.settled();
        for (int i = 0; i < 200; i++) {
            awaitCount(clone, count);
            rollback(clone, snapshot);
            assertThat(sha256(clone.memory)).isEqualTo(saved);
            clone.machine.resume();
        }
        ProcessUsage after = ProcessUsage.settled();
        System.err.println("200 rollbacks: before " + before + ", after " + after);
        assertThat(after.descriptors()).isEqualTo(before.descriptors());
        assertThat(after.threads()).isLessThanOrEqualTo(before.threads() + 1);
        assertThat(after.mappings()).isLessThan(before.mappings() + 20);
        assertThat(after.residentKib()).isLessThan(before.residentKib() + 16 * 1024);
    }

    @Test
    void clonesThatEndLeaveNothing() throws Exception {
        BareMachine guest = keep(BareMachine.start(counter()));
        Snapshot snapshot = keep(guest.save(directory.resolve("one")));
        for (int i = 0; i < 50; i++) {
            BareMachine.resume(snapshot).close();
        }
        ProcessUsage before = ProcessUsage.settled();
        for (int i = 0; i < 200; i++) {
            BareMachine.resume(snapshot).close();
        }
        ProcessUsage after = ProcessUsage.settled();
        System.err.println("200 clones: before " + before + ", after " + after);
        assertThat(after.descriptors()).isEqualTo(before.descriptors());
        assertThat(after.threads()).isLessThanOrEqualTo(before.threads() + 2);
        assertThat(after.mappings()).isLessThan(before.mappings() + 50);
    }

    @Test
    void whatACloneHasChangedIsSavedOnTopOfItsSnapshot() throws Exception {
        BareMachine guest = keep(BareMachine.start(counter()));
        awaitCount(guest, 10);
        guest.memory.putU64(DATA + 0x10_000, 1);
        Snapshot base = keep(guest.save(directory.resolve("base")));
        BareMachine first = keep(BareMachine.resume(base));
        awaitCount(first, guest.memory.u64(DATA) + 10);
        // A new page, one that becomes zero, and one that stays as it is.
        first.memory.putU64(DATA + 0x20_000, 2);
        first.memory.putU64(DATA + 0x10_000, 0);
        Snapshot changes = keep(first.saveChanges(directory.resolve("changes"), base));
        String saved = sha256(first.memory);
        assertThat(changes.memory().layers())
                .hasSize(2)
                .startsWith(base.memory().layers().getFirst());

        BareMachine second = keep(BareMachine.restore(changes, List.of(), List.of()));
        assertThat(sha256(second.memory)).isEqualTo(saved);
        long count = second.memory.u64(DATA);
        second.machine.begin();
        awaitCount(second, count + 10);
        second.memory.putU64(DATA + 0x30_000, 3);
        // The second clone's changes are saved on top of those of the first.
        Snapshot more = keep(second.saveChanges(directory.resolve("more"), changes));
        String savedLater = sha256(second.memory);
        rollback(second, changes);
        assertThat(sha256(second.memory)).isEqualTo(saved);
        BareMachine third = keep(BareMachine.restore(more, List.of(), List.of()));
        assertThat(sha256(third.memory)).isEqualTo(savedLater);
        // A full snapshot has all of them too.
        assertThat(third.memory.u64(DATA + 0x20_000)).isEqualTo(2);
        third.machine.begin();
        Snapshot whole = keep(third.save(directory.resolve("whole")));
        BareMachine fourth = keep(BareMachine.restore(whole, List.of(), List.of()));
        assertThat(sha256(fourth.memory)).isEqualTo(sha256(third.memory));
    }

    @Test
    void aMachineMadeOtherwiseIsRefused() throws Exception {
        BareMachine guest = keep(BareMachine.start(counter()));
        Snapshot snapshot = keep(guest.save(directory.resolve("one")));
        ProcessUsage before = ProcessUsage.settled();
        assertThatThrownBy(() -> BareMachine.restore(snapshot, List.of(), List.of(new Entropy())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the state is that of a machine made otherwise");
        assertThat(ProcessUsage.settled().descriptors()).isEqualTo(before.descriptors());
    }

    @Test
    void aMachineThatHasEndedIsNeitherSavedNorRolledBack() throws Exception {
        BareMachine guest = keep(BareMachine.start(counter()));
        Snapshot snapshot = keep(guest.save(directory.resolve("one")));
        BareMachine clone = keep(BareMachine.resume(snapshot));
        clone.machine.stop();
        assertThat(clone.machine.pause()).isFalse();
        assertThatThrownBy(() -> clone.machine.putBack(snapshot.memory(), snapshot.state()))
                .isInstanceOf(IOException.class)
                .hasMessage("the machine has ended");
        assertThatThrownBy(() -> clone.machine.save((_, _) -> {}))
                .isInstanceOf(IOException.class)
                .hasMessage("the machine has ended");
    }

    /** Times a clone, from request to first exit, and a rollback, with the devices of a sandbox. */
    @Test
    void cloningAndRollingBackTakeMilliseconds() throws Exception {
        BlockFile disk =
                keep(BlockFile.readOnly(Files.write(directory.resolve("disk"), new byte[4096])));
        Code code = new Code().mov(Register.RDX, RecordingPort.FIRST);
        int again = code.position();
        code.out(1).jump(again);
        FirstWrite port = new FirstWrite();
        BareMachine guest =
                keep(BareMachine.create(code, List.of(port.range()), devices(disk)).start());
        port.await();
        Snapshot snapshot = keep(guest.save(directory.resolve("one")));
        guest.machine.stop();
        List<Double> clones = new ArrayList<>();
        List<Double> rollbacks = new ArrayList<>();
        for (int i = 0; i < 150; i++) {
            FirstWrite first = new FirstWrite();
            long start = System.nanoTime();
            BareMachine clone =
                    BareMachine.restore(snapshot, List.of(first.range()), devices(disk));
            clone.machine.begin();
            double cloned = (first.await() - start) / 1e6;
            start = System.nanoTime();
            rollback(clone, snapshot);
            clone.machine.resume();
            double rolled = (System.nanoTime() - start) / 1e6;
            clone.close();
            if (i >= 120) {
                clones.add(cloned);
                rollbacks.add(rolled);
            }
        }
        SnapshotIT.report("clone, to its first exit", clones);
        SnapshotIT.report("rollback", rollbacks);
        // Generous limits: other processes may keep this host busy.
        assertThat(clones.get(15)).isLessThan(100);
        assertThat(rollbacks.get(15)).isLessThan(50);
    }

    private static List<VirtioDevice> devices(BlockFile disk) {
        return List.of(
                new Block(disk, "root", _ -> {}),
                new Console("agent", _ -> {}),
                new Entropy(),
                new EchoDevice());
    }

    /** Records the time of the first write to a port. */
    private static final class FirstWrite implements PortDevice {

        private final CompletableFuture<Long> nanos = new CompletableFuture<>();

        PortBus.Range range() {
            return new PortBus.Range(RecordingPort.FIRST, 1, this);
        }

        long await() throws Exception {
            return nanos.get(20, TimeUnit.SECONDS);
        }

        @Override
        public int read(int offset) {
            return 0;
        }

        @Override
        public void write(int offset, int value) {
            if (!nanos.isDone()) {
                nanos.complete(System.nanoTime());
            }
        }
    }
}
