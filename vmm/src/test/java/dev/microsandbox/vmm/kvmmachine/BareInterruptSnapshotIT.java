package dev.microsandbox.vmm.kvmmachine;

import static dev.microsandbox.vmm.kvmmachine.BareMachine.CODE;
import static dev.microsandbox.vmm.kvmmachine.BareMachine.DATA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.boot.LongMode;
import dev.microsandbox.vmm.kvm.SavedMsrs;
import dev.microsandbox.vmm.kvm.VcpuPart;
import dev.microsandbox.vmm.kvmmachine.Code.Register;
import dev.microsandbox.vmm.memory.GuestLayout;
import dev.microsandbox.vmm.memory.GuestMemory;
import dev.microsandbox.vmm.snapshot.Snapshot;
import dev.microsandbox.vmm.virtio.Entropy;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What is pending when a machine is saved takes effect in its clones: timers, wake-ups, requests.
 */
@Timeout(120)
class BareInterruptSnapshotIT extends BareSnapshots {

    private static final long APIC = GuestLayout.LOCAL_APIC;

    private static final int VECTOR = 0x40;

    private static final long HANDLER = CODE + 0x800;

    private static final long IDT = DATA + 0x8000;

    private static final int TICKS = 98_765_432;

    /** The local APIC's timer is periodic, or its handler sets the next deadline. */
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
        Thread.sleep(300); // until after the saved deadline

        BareMachine clone = keep(BareMachine.resume(snapshot));
        awaitCount(clone, count + 2);
        for (int i = 0; i < 5; i++) {
            rollback(clone, snapshot);
            assertThat(clone.memory.u64(DATA)).isEqualTo(count);
            clone.machine.resume();
            awaitCount(clone, count + 1);
        }
    }

    /**
     * Saves while the timer's interrupt is neither requested nor in service, so only the timer
     * runs.
     */
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

    /** Sets the timer and halts: the interrupt's handler counts. */
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

    /** Sets IA32_TSC_DEADLINE to some ticks from now. */
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
        // An interrupt gate (Intel SDM vol. 3, 6.14.1), and the operand of LIDT.
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

    /** The second vCPU has halted, the third waits for its start; the first vCPU wakes both. */
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

    /** Sends INIT, then SIPI with vector 4. */
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
        // The NMI handler: an IRET.
        memory.putU8(0x3f00, 0xcf);
        memory.putU32(2 * Integer.BYTES, 0x3f00);
    }

    /**
     * A driver has put a buffer into a queue, and the machine is saved before it notifies the
     * device.
     */
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
                        .store(window + 0x70, 0xb) // features OK
                        .store(window + 0x38, 8) // queue size
                        .store(window + 0x80, (int) DATA + 0x1000)
                        .store(window + 0x90, (int) available)
                        .store(window + 0xa0, (int) used)
                        .store(window + 0x44, 1) // ready
                        .store(window + 0x70, 0xf) // driver OK
                        .store(DATA + 8, 1)
                        .mov(Register.RBX, DATA);
        int again = code.position();
        code.increment().jump(again);
        BareMachine guest =
                keep(BareMachine.create(code, List.of(), List.of(new Entropy())).start());
        awaitCount(guest, 10);
        assertThat(guest.machine.pause()).isTrue();
        // A device-writable buffer of 16 bytes.
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
}
