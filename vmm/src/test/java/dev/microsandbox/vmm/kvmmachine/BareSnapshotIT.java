package dev.microsandbox.vmm.kvmmachine;

import static dev.microsandbox.vmm.kvmmachine.BareMachine.CODE;
import static dev.microsandbox.vmm.kvmmachine.BareMachine.DATA;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.microsandbox.vmm.HostSpeed;
import dev.microsandbox.vmm.boot.LongMode;
import dev.microsandbox.vmm.kvm.SavedMsrs;
import dev.microsandbox.vmm.kvm.VcpuPart;
import dev.microsandbox.vmm.kvm.VmPart;
import dev.microsandbox.vmm.kvmmachine.Code.Register;
import dev.microsandbox.vmm.memory.GuestLayout;
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
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Saving, cloning and rolling back, with guests of a few instructions on the real KVM. */
@Timeout(120)
class BareSnapshotIT {

    @TempDir Path directory;

    private final List<AutoCloseable> open = new ArrayList<>();

    @BeforeAll
    static void needsKvm() {
        BareMachine.assumeKvm();
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable one : open.reversed()) {
            one.close();
        }
    }

    private <T extends AutoCloseable> T keep(T one) {
        open.add(one);
        return one;
    }

    /** Counts at {@link BareMachine#DATA} without end. */
    private static Code counter() {
        Code code = new Code().mov(Register.RBX, DATA);
        int again = code.position();
        return code.increment().jump(again);
    }

    private static void awaitCount(BareMachine guest, long more) {
        awaitMore(() -> guest.memory.u64(DATA), more);
    }

    private static void awaitMore(LongSupplier value, long more) {
        await().atMost(Duration.ofSeconds(20))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .until(() -> value.getAsLong() > more);
    }

    private static void rollback(BareMachine guest, Snapshot snapshot) throws Exception {
        assertThat(guest.machine.pause()).isTrue();
        guest.machine.putBack(snapshot.memory(), snapshot.state());
    }

    private static String sha256(GuestMemory memory) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        for (GuestMemory.Region region : memory.regions()) {
            digest.update(region.segment().asByteBuffer());
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    @Test
    void aCounterGoesOnInAnotherMachineAndInPlace() throws Exception {
        BareMachine guest = keep(BareMachine.start(counter()));
        awaitCount(guest, 1000);
        Snapshot snapshot = keep(guest.save(directory.resolve("one")));
        long count = guest.memory.u64(DATA);
        guest.machine.resume();
        awaitCount(guest, count + 1000);

        // What the clone itself takes is the less of it, the longer that is.
        long unit = Math.max(1, HostSpeed.slowness() / 20);
        Thread.sleep(1000 * unit);
        BareMachine clone = keep(BareMachine.restore(snapshot, List.of(), List.of()));
        assertThat(clone.memory.u64(DATA)).isEqualTo(count);
        clone.machine.begin();
        awaitCount(clone, count + 1000);
        // To the guest no time has passed while there was no guest.
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
        // Counts by what the host puts there.
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
        // The file is as it was: it still is what its checksums say.
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
        // A page of its own, one that becomes zeros, one that stays.
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
        // What the second saves goes over the first's changes.
        Snapshot more = keep(second.saveChanges(directory.resolve("more"), changes));
        String savedLater = sha256(second.memory);
        rollback(second, changes);
        assertThat(sha256(second.memory)).isEqualTo(saved);
        BareMachine third = keep(BareMachine.restore(more, List.of(), List.of()));
        assertThat(sha256(third.memory)).isEqualTo(savedLater);
        // And all of it is saved as well.
        assertThat(third.memory.u64(DATA + 0x20_000)).isEqualTo(2);
        third.machine.begin();
        Snapshot whole = keep(third.save(directory.resolve("whole")));
        BareMachine fourth = keep(BareMachine.restore(whole, List.of(), List.of()));
        assertThat(sha256(fourth.memory)).isEqualTo(sha256(third.memory));
    }

    /** By the local APIC's timer, which fires all by itself, or is set anew each time. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void timersGoOn(boolean periodic) throws Exception {
        BareMachine guest = keep(BareMachine.create(timer(periodic), List.of(), List.of()));
        addHandler(guest.memory, periodic);
        guest.start();
        awaitCount(guest, 2);
        Snapshot snapshot = saveWhileTheTimerRuns(guest);
        assertThat(
                        Objects.requireNonNull(
                                snapshot.state()
                                        .vcpus()
                                        .getFirst()
                                        .msrs()
                                        .get(SavedMsrs.TSC_DEADLINE)))
                .matches(deadline -> periodic == (deadline == 0));
        long count = guest.memory.u64(DATA);
        guest.machine.resume();
        awaitCount(guest, count + 2);
        Thread.sleep(300); // a deadline of then is far behind now

        BareMachine clone = keep(BareMachine.resume(snapshot));
        awaitCount(clone, count + 2);
        for (int i = 0; i < 5; i++) {
            rollback(clone, snapshot);
            assertThat(clone.memory.u64(DATA)).isEqualTo(count);
            clone.machine.resume();
            awaitCount(clone, count + 1);
        }
    }

    /** Neither has its interrupt come, nor is it being handled: what goes on is the timer. */
    private Snapshot saveWhileTheTimerRuns(BareMachine guest) throws Exception {
        for (int i = 0; i < 50; i++) {
            Snapshot snapshot = keep(guest.save(directory.resolve("timer" + i)));
            MemorySegment apic =
                    Objects.requireNonNull(
                            snapshot.state().vcpus().getFirst().parts().get(VcpuPart.LOCAL_APIC));
            int register = VECTOR / 32 * 16;
            int requested = apic.get(ValueLayout.JAVA_INT_UNALIGNED, 0x200 + register);
            int inService = apic.get(ValueLayout.JAVA_INT_UNALIGNED, 0x100 + register);
            if (requested == 0 && inService == 0) {
                return snapshot;
            }
            guest.machine.resume();
            Thread.sleep(7);
        }
        throw new AssertionError("the timer has always fired");
    }

    private static final long APIC = GuestLayout.LOCAL_APIC;
    private static final int VECTOR = 0x40;
    private static final long HANDLER = CODE + 0x800;
    private static final long IDT = DATA + 0x8000;
    private static final int TICKS = 98_765_432;

    /** Sets the timer, and sleeps: what counts is the interrupt's handler. */
    private static Code timer(boolean periodic) {
        Code code =
                new Code()
                        .mov(Register.RBX, IDT + 0x1000)
                        .lidt()
                        .store(APIC + 0xf0, 0x1ff) // spurious vector, enabled
                        .store(APIC + 0x3e0, 0xb) // divided by 1
                        .store(APIC + 0x320, (periodic ? 0x2_0000 : 0x4_0000) | VECTOR);
        if (periodic) {
            code.store(APIC + 0x380, TICKS);
        } else {
            setDeadline(code);
        }
        code.mov(Register.RBX, DATA).raw(0xfb); // sti
        int again = code.position();
        return code.hlt().jump(again);
    }

    /** IA32_TSC_DEADLINE: some ticks from now. */
    private static Code setDeadline(Code code) {
        return code.raw(0x0f, 0x31) // rdtsc
                .raw(0x48, 0xc1, 0xe2, 0x20) // shl rdx, 32
                .raw(0x48, 0x09, 0xd0) // or rax, rdx
                .raw(0x48, 0x05) // add rax, TICKS
                .raw(TICKS & 0xff, TICKS >> 8 & 0xff, TICKS >> 16 & 0xff, TICKS >> 24)
                .raw(0x48, 0x89, 0xc2) // mov rdx, rax
                .raw(0x48, 0xc1, 0xea, 0x20) // shr rdx, 32
                .mov(Register.RCX, 0x6e0)
                .raw(0x0f, 0x30); // wrmsr
    }

    private static void addHandler(GuestMemory memory, boolean periodic) {
        Code code =
                new Code()
                        .increment()
                        .mov(Register.RDI, APIC + 0xb0) // end of interrupt
                        .raw(0xc7, 0x07, 0, 0, 0, 0); // mov dword [rdi], 0
        if (!periodic) {
            setDeadline(code);
        }
        byte[] bytes = code.raw(0x48, 0xcf).assemble(); // iretq
        memory.slice(HANDLER, bytes.length).copyFrom(MemorySegment.ofArray(bytes));
        // An interrupt gate (Intel SDM vol. 3, 6.14.1), and what LIDT takes.
        long gate = IDT + VECTOR * 16L;
        memory.putU64(
                gate,
                (HANDLER & 0xffff)
                        | (long) LongMode.CODE_SELECTOR << 16
                        | 0x8e00L << 32
                        | (HANDLER >>> 16 & 0xffff) << 48);
        memory.putU64(gate + 8, HANDLER >>> 32);
        memory.putU16(IDT + 0x1000, 0xfff);
        memory.putU64(IDT + 0x1000 + 2, IDT);
    }

    /** The second has halted and the third has not been started; both are woken by the first. */
    @Test
    void processorsThatHaltOrWaitForTheirStartAreRestoredSo() throws Exception {
        long command = DATA + 8;
        long started = 0x600;
        Code code = new Code().store(APIC + 0xf0, 0x1ff).mov(Register.RBX, command).awaitByte(1);
        startProcessor(code, 1);
        code.mov(Register.RBX, command).awaitByte(2);
        code.store(APIC + 0x310, 1 << 24).store(APIC + 0x300, 0x4400); // NMI
        code.mov(Register.RBX, command).awaitByte(3);
        startProcessor(code, 2);
        code.mov(Register.RBX, DATA);
        int again = code.position();
        code.increment().jump(again);
        BareMachine guest = keep(BareMachine.create(3, code, List.of(), List.of()));
        addRealModeCode(guest.memory, started);
        guest.start();
        guest.memory.putU8(command, 1);
        awaitMore(() -> guest.memory.u16(started), 0);
        Thread.sleep(50);
        Snapshot snapshot = keep(guest.save(directory.resolve("one")));
        assertThat(guest.memory.u16(started)).isEqualTo(1);

        BareMachine clone = keep(BareMachine.resume(snapshot));
        for (int i = 0; i < 5; i++) {
            Thread.sleep(20);
            assertThat(clone.memory.u16(started)).isEqualTo(1);
            assertThat(clone.memory.u64(DATA)).isZero();
            clone.memory.putU8(command, 2);
            awaitMore(() -> clone.memory.u16(started), 1);
            clone.memory.putU8(command, 3);
            awaitMore(() -> clone.memory.u16(started), 2);
            awaitCount(clone, 100);
            assertThat(clone.memory.u16(started)).isEqualTo(3);
            rollback(clone, snapshot);
            clone.machine.resume();
        }
    }

    /** INIT, then SIPI with the vector 4. */
    private static void startProcessor(Code code, int id) {
        code.store(APIC + 0x310, id << 24)
                .store(APIC + 0x300, 0x4500)
                .store(APIC + 0x310, id << 24)
                .store(APIC + 0x300, 0x4604);
    }

    private static void addRealModeCode(GuestMemory memory, long counted) {
        byte[] code =
                new Code()
                        .raw(0x31, 0xc0) // xor ax, ax
                        .raw(0x8e, 0xd8) // mov ds, ax
                        .raw(0x8e, 0xd0) // mov ss, ax
                        .raw(0xbc, 0x00, 0x30) // mov sp, 0x3000
                        .raw(0xff, 0x06, (int) counted & 0xff, (int) counted >> 8) // inc word [..]
                        .raw(0xf4) // hlt
                        .raw(0xeb, 0xf9) // jmp to the inc
                        .assemble();
        memory.slice(0x4000, code.length).copyFrom(MemorySegment.ofArray(code));
        // The NMI's vector: an IRET.
        memory.putU8(0x3f00, 0xcf);
        memory.putU32(2 * Integer.BYTES, 0x3f00);
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

    /** A driver has put something into a queue, and its notification was on its way. */
    @Test
    void aRequestWhoseNotificationIsLostIsServed() throws Exception {
        long window = GuestLayout.virtioMmio(0);
        long available = DATA + 0x2000;
        long used = DATA + 0x3000;
        Code code =
                new Code()
                        .store(window + 0x70, 3) // status: acknowledge, driver
                        .store(window + 0x24, 1) // driver features, high half: version 1
                        .store(window + 0x20, 1)
                        .store(window + 0x70, 0xb) // features are right
                        .store(window + 0x38, 8) // queue size
                        .store(window + 0x80, (int) DATA + 0x1000)
                        .store(window + 0x90, (int) available)
                        .store(window + 0xa0, (int) used)
                        .store(window + 0x44, 1) // ready
                        .store(window + 0x70, 0xf) // driver is right
                        .store(DATA + 8, 1)
                        .mov(Register.RBX, DATA);
        int again = code.position();
        code.increment().jump(again);
        BareMachine guest =
                keep(BareMachine.create(code, List.of(), List.of(new Entropy())).start());
        awaitCount(guest, 10);
        assertThat(guest.machine.pause()).isTrue();
        // A buffer of 16 bytes for the device to write.
        guest.memory.putU64(DATA + 0x1000, DATA + 0x4000);
        guest.memory.putU32(DATA + 0x1008, 16);
        guest.memory.putU16(DATA + 0x100c, 2);
        guest.memory.putU16(available + 2, 1);
        Snapshot snapshot = keep(guest.save(directory.resolve("one")));
        guest.machine.resume();
        Thread.sleep(100);
        assertThat(guest.memory.u16(used + 2)).as("nobody has told the device").isZero();

        BareMachine clone = keep(BareMachine.restore(snapshot, List.of(), List.of(new Entropy())));
        assertThat(clone.memory.u16(used + 2)).isZero();
        clone.machine.begin();
        for (int i = 0; i < 3; i++) {
            awaitMore(() -> clone.memory.u16(used + 2), 0);
            assertThat(clone.memory.u32(used + 8)).isEqualTo(16);
            assertThat(clone.memory.u64(DATA + 0x4000)).isNotZero();
            rollback(clone, snapshot);
            assertThat(clone.memory.u16(used + 2)).isZero();
            clone.machine.resume();
        }
    }

    /** From the request to the guest's first exit, with the devices of a sandbox; and back. */
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
        // Generously: others may be at work on this host.
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

    /** A port that notes when it was first written to. */
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
