package dev.microsandbox.vmm.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.microsandbox.vmm.boot.EntryState;
import dev.microsandbox.vmm.boot.LongMode;
import dev.microsandbox.vmm.linux.Errno;
import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.linux.ThreadSignals;
import dev.microsandbox.vmm.memory.GuestLayout;
import dev.microsandbox.vmm.memory.GuestMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tests against the host's KVM that what is set can be read back and takes effect in the guest. */
@Timeout(60)
class VcpuTest {

    private static final long CODE = 0x1000;

    // Intel SDM vol. 3, 2.5 and 2.2.1.
    private static final long CR0_PE = 1;
    private static final long CR0_PG = 1L << 31;
    private static final long CR4_PAE = 1 << 5;
    private static final long EFER_LME = 1 << 8;
    private static final long EFER_LMA = 1 << 10;

    private static final List<String> NAMES =
            List.of(
                    "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rsp", "rbp", "r8", "r9", "r10",
                    "r11", "r12", "r13", "r14", "r15", "rip");

    /** What a test does with a VM of 2 MiB and its vCPU. */
    private interface Work {
        void with(GuestMemory memory, Vcpu vcpu) throws Exception;
    }

    private static void onVcpu(boolean irqchip, Work work) throws Exception {
        try (Kvm kvm = KvmHost.open();
                GuestMemory memory = GuestMemory.allocate(2 << 20);
                Vm vm = kvm.createVm()) {
            vm.setTssAddress(GuestLayout.TSS);
            vm.setMemory(0, 0, memory.slice(0, memory.size()));
            if (irqchip) {
                vm.createIrqchip();
            }
            try (Vcpu vcpu = vm.createVcpu(0)) {
                vcpu.setCpuid(kvm.supportedCpuid());
                work.with(memory, vcpu);
            }
        }
    }

    @Test
    void everyRegisterIsFoundAsItWasSet() throws Exception {
        onVcpu(
                true,
                (_, vcpu) -> {
                    Registers registers = Registers.zero().with("rflags", 0x246);
                    for (int i = 0; i < NAMES.size(); i++) {
                        registers = registers.with(NAMES.get(i), 0x1111_2222_3333_4400L + i);
                    }
                    vcpu.setRegisters(registers);
                    Registers found = vcpu.registers();
                    for (int i = 0; i < NAMES.size(); i++) {
                        assertThat(found.get(NAMES.get(i)))
                                .as(NAMES.get(i))
                                .isEqualTo(0x1111_2222_3333_4400L + i);
                    }
                    assertThat(found.get("rflags")).isEqualTo(0x246);
                    assertThat(found).hasToString(registers.toString());
                });
    }

    @Test
    void specialRegistersAreFoundAsTheyWereSet() throws Exception {
        onVcpu(
                true,
                (memory, vcpu) -> {
                    enterLongMode(memory, vcpu);
                    SpecialRegisters found = vcpu.specialRegisters();
                    long pagedAndProtected = CR0_PE | CR0_PG;
                    assertThat(found.cr0() & pagedAndProtected).isEqualTo(pagedAndProtected);
                    assertThat(found.cr3()).isEqualTo(GuestLayout.PML4);
                    assertThat(found.cr4() & CR4_PAE).isEqualTo(CR4_PAE);
                    assertThat(found.efer()).isEqualTo(EFER_LME | EFER_LMA);
                    MemorySegment cs = found.bytes();
                    assertThat(cs.get(ValueLayout.JAVA_LONG_UNALIGNED, 0)).as("base").isZero();
                    assertThat(cs.get(ValueLayout.JAVA_INT_UNALIGNED, 8)).as("limit").isEqualTo(-1);
                    assertThat(cs.get(ValueLayout.JAVA_SHORT_UNALIGNED, 12))
                            .as("selector")
                            .isEqualTo((short) LongMode.CODE_SELECTOR);
                    assertThat(cs.get(ValueLayout.JAVA_BYTE, 19)).as("L").isEqualTo((byte) 1);
                    assertThat(found.toString())
                            .contains("gdt 500  idt 0")
                            .contains("cs 0010 base 0 limit ffffffff")
                            .contains("ds 0018 base 0 limit ffffffff");
                });
    }

    @Test
    void aSetOfSpecialRegistersThatCannotBeIsRefused() throws Exception {
        onVcpu(
                true,
                (_, vcpu) -> {
                    SpecialRegisters special = vcpu.specialRegisters();
                    // 64-bit mode without PAE.
                    special.setCr0(special.cr0() | CR0_PE | CR0_PG);
                    special.setEfer(EFER_LME | EFER_LMA);
                    assertThatExceptionOfType(LinuxException.class)
                            .isThrownBy(() -> vcpu.setSpecialRegisters(special))
                            .withMessageMatching(
                                    "KVM_SET_SREGS\\(fd \\d+, 312 bytes at 0x[0-9a-f]+\\): EINVAL \\(22\\)");
                });
    }

    @Test
    void addressesAreTranslatedByTheTablesOfLongMode() throws Exception {
        onVcpu(
                true,
                (memory, vcpu) -> {
                    enterLongMode(memory, vcpu);
                    assertThat(vcpu.translate(0)).hasValue(0);
                    assertThat(vcpu.translate(0x12_3456)).hasValue(0x12_3456);
                    assertThat(vcpu.translate(0x3fff_ffff)).hasValue(0x3fff_ffff);
                    assertThat(vcpu.translate(0x4000_0000)).isEmpty();
                    assertThat(vcpu.translate(0xffff_8000_0000_0000L)).isEmpty();
                    // Maps the second 2 MiB page in place of the first.
                    memory.putU64(GuestLayout.PAGE_DIRECTORY + 8, 0x83);
                    assertThat(vcpu.translate(0x20_0123)).hasValue(0x123);
                });
    }

    @Test
    void msrsAreCountedUpToTheFirstThatIsRefused() throws Exception {
        Path ignore = Path.of("/sys/module/kvm/parameters/ignore_msrs");
        Assumptions.assumeFalse(
                Files.isReadable(ignore) && Files.readString(ignore).startsWith("Y"),
                "skipped: this KVM is told to ignore MSRs");
        onVcpu(
                true,
                (_, vcpu) -> {
                    Map<Integer, Long> msrs = new LinkedHashMap<>();
                    msrs.put(0x174, 0x10L); // IA32_SYSENTER_CS
                    msrs.put(0x175, 0x1000L); // IA32_SYSENTER_ESP
                    assertThat(vcpu.setMsrs(msrs)).isEqualTo(2);
                    msrs.put(0xdead_beef, 0L);
                    msrs.put(0x176, 0x2000L); // IA32_SYSENTER_EIP
                    assertThat(vcpu.setMsrs(msrs)).isEqualTo(2);
                    assertThat(vcpu.setMsrs(Map.of())).isZero();
                });
    }

    @Test
    void theLocalApicIsFoundAsItWasSet() throws Exception {
        try (Kvm kvm = KvmHost.open();
                Vm vm = kvm.createVm()) {
            vm.createIrqchip();
            try (Vcpu _ = vm.createVcpu(0);
                    Vcpu vcpu = vm.createVcpu(3)) {
                vcpu.setCpuid(kvm.supportedCpuid());
                MemorySegment apic = vcpu.localApic();
                assertThat(apic.byteSize()).isEqualTo(1024);
                assertThat(apic.get(ValueLayout.JAVA_INT_UNALIGNED, 0x20) >>> 24).isEqualTo(3);
                apic.set(ValueLayout.JAVA_INT_UNALIGNED, 0x350, 0x1_0700); // LINT0: ExtINT
                apic.set(ValueLayout.JAVA_INT_UNALIGNED, 0x360, 0x400); // LINT1: NMI
                vcpu.setLocalApic(apic);
                MemorySegment found = vcpu.localApic();
                assertThat(found.get(ValueLayout.JAVA_INT_UNALIGNED, 0x350)).isEqualTo(0x1_0700);
                assertThat(found.get(ValueLayout.JAVA_INT_UNALIGNED, 0x360)).isEqualTo(0x400);
            }
        }
    }

    @Test
    void withoutControllersThereIsNoLocalApic() throws Exception {
        onVcpu(
                false,
                (_, vcpu) ->
                        assertThatExceptionOfType(LinuxException.class)
                                .isThrownBy(vcpu::localApic)
                                .withMessageMatching(
                                        "KVM_GET_LAPIC\\(fd \\d+, 1024 bytes at 0x[0-9a-f]+\\): EINVAL \\(22\\)"));
    }

    @Test
    void tooManyLeavesAreRefused() throws Exception {
        Cpuid.Entry leaf = new Cpuid.Entry(0, 0, 0, 0, 0, 0, 0);
        onVcpu(
                true,
                (_, vcpu) ->
                        assertThatExceptionOfType(LinuxException.class)
                                .isThrownBy(
                                        () ->
                                                vcpu.setCpuid(
                                                        new Cpuid(Collections.nCopies(257, leaf))))
                                .withMessageMatching(
                                        "KVM_SET_CPUID2\\(fd \\d+, 10288 bytes at 0x[0-9a-f]+\\): E2BIG \\(7\\)"));
    }

    /** MOV AL, 42; OUT 0x10, AL; IN AX, 0x12; MOV [0x2000], AX; HLT, in real mode. */
    @Test
    void aGuestWritesReadsAndHalts() throws Exception {
        onVcpu(
                false,
                (memory, vcpu) -> {
                    byte[] code = {
                        (byte) 0xb0,
                        42,
                        (byte) 0xe6,
                        0x10,
                        (byte) 0xe5,
                        0x12,
                        (byte) 0xa3,
                        0x00,
                        0x20,
                        (byte) 0xf4
                    };
                    memory.slice(CODE, code.length).copyFrom(MemorySegment.ofArray(code));
                    vcpu.resetFpu();
                    SpecialRegisters special = vcpu.specialRegisters();
                    special.setRealModeSegment(SpecialRegisters.CS, 0);
                    special.setRealModeSegment(SpecialRegisters.DS, 0);
                    vcpu.setSpecialRegisters(special);
                    vcpu.setRegisters(Registers.zero().with("rip", CODE));
                    RunState state = vcpu.state();

                    assertThat(vcpu.run()).isZero();
                    assertThat(state.exitReason()).isEqualTo(ExitReason.IO);
                    assertThat(state.ioIsOut()).isTrue();
                    assertThat(state.ioPort()).isEqualTo(0x10);
                    assertThat(state.ioSize()).isEqualTo(1);
                    assertThat(state.ioCount()).isEqualTo(1);
                    assertThat(state.ioValue(0)).isEqualTo(42);

                    assertThat(vcpu.run()).isZero();
                    assertThat(state.exitReason()).isEqualTo(ExitReason.IO);
                    assertThat(state.ioIsOut()).isFalse();
                    assertThat(state.ioPort()).isEqualTo(0x12);
                    assertThat(state.ioSize()).isEqualTo(2);
                    state.setIoValue(0, 0xbeef);

                    assertThat(vcpu.run()).isZero();
                    assertThat(state.exitReason()).isEqualTo(ExitReason.HLT);
                    assertThat(memory.u16(0x2000)).isEqualTo(0xbeef);
                    assertThat(vcpu.registers().get("rip")).isEqualTo(CODE + 10);
                });
    }

    /** JMP to itself, which only a kick ends. */
    @Test
    void aHeldKickEndsTheGuestsTurnAtOnce() throws Exception {
        FutureTask<Void> task =
                new FutureTask<>(
                        () -> {
                            onVcpu(true, VcpuTest::runKicked);
                            return null;
                        });
        Thread thread = Thread.ofPlatform().daemon().start(task);
        task.get(30, TimeUnit.SECONDS);
        thread.join();
    }

    private static void runKicked(GuestMemory memory, Vcpu vcpu) throws Exception {
        memory.putU16(CODE, 0xfeeb);
        SpecialRegisters special = vcpu.specialRegisters();
        special.setRealModeSegment(SpecialRegisters.CS, 0);
        vcpu.setSpecialRegisters(special);
        vcpu.setRegisters(Registers.zero().with("rip", CODE));
        ThreadSignals.blockKicks();
        vcpu.setSignalMask(ThreadSignals.ALL_BUT_KICK);
        for (int i = 0; i < 10; i++) {
            ThreadSignals.kick(ThreadSignals.currentThread());
            assertThat(vcpu.run()).isEqualTo(-Errno.EINTR);
            ThreadSignals.consumeKick();
        }
        assertThat(vcpu.registers().get("rip")).isEqualTo(CODE);
    }

    private static void enterLongMode(GuestMemory memory, Vcpu vcpu) throws LinuxException {
        EntryState entry = LongMode.prepare(memory, CODE, 0);
        SpecialRegisters special = vcpu.specialRegisters();
        special.setSegment(SpecialRegisters.CS, LongMode.CODE_SELECTOR, LongMode.CODE_DESCRIPTOR);
        special.setSegment(SpecialRegisters.DS, LongMode.DATA_SELECTOR, LongMode.DATA_DESCRIPTOR);
        special.setSegment(SpecialRegisters.SS, LongMode.DATA_SELECTOR, LongMode.DATA_DESCRIPTOR);
        special.setSegment(SpecialRegisters.TR, LongMode.TSS_SELECTOR, LongMode.TSS_DESCRIPTOR);
        special.setGdt(entry.gdtBase(), entry.gdtLimit());
        special.setIdt(0, 0);
        special.setCr3(entry.pageTableRoot());
        special.setCr4(special.cr4() | CR4_PAE);
        special.setCr0(special.cr0() | CR0_PE | CR0_PG);
        special.setEfer(EFER_LME | EFER_LMA);
        vcpu.setSpecialRegisters(special);
    }
}
