package dev.microsandbox.vmm.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.microsandbox.vmm.linux.Errno;
import dev.microsandbox.vmm.linux.EventFd;
import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.memory.GuestMemory;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests against the host's KVM. */
@Timeout(60)
@SuppressWarnings("NullAway.Init") // made before each test
class KvmTest {

    private @Nullable Kvm opened;
    private Kvm kvm;

    @BeforeEach
    void open() throws Exception {
        kvm = KvmHost.open();
        opened = kvm;
    }

    @AfterEach
    void close() {
        if (opened != null) {
            opened.close();
        }
    }

    @Test
    void speaksTheVersionThatThereIs() throws Exception {
        assertThat(kvm.apiVersion()).isEqualTo(Kvm.API_VERSION);
    }

    @ParameterizedTest
    @EnumSource(Capability.class)
    void hasWhatOurMachinesNeed(Capability capability) throws Exception {
        assertThat(kvm.has(capability)).isTrue();
    }

    @Test
    void whatIsNoKvmIsNamed() throws Exception {
        assertThatExceptionOfType(LinuxException.class)
                .isThrownBy(() -> Kvm.open(Path.of("/dev/no-kvm")))
                .withMessage("open(/dev/no-kvm): ENOENT (2)");
        try (Kvm none = Kvm.open(Path.of("/dev/null"))) {
            assertThatExceptionOfType(LinuxException.class)
                    .isThrownBy(none::apiVersion)
                    .withMessageMatching("KVM_GET_API_VERSION\\(fd \\d+, 0x0\\): ENOTTY \\(25\\)");
        }
    }

    @Test
    void theSupportedLeavesAreThoseOfAnX86Processor() throws Exception {
        Cpuid cpuid = kvm.supportedCpuid();
        Cpuid.Entry first = leaf(cpuid, 0);
        ByteBuffer vendor = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
        vendor.putInt(first.ebx()).putInt(first.edx()).putInt(first.ecx());
        assertThat(new String(vendor.array(), StandardCharsets.US_ASCII))
                .isIn("GenuineIntel", "AuthenticAMD", "HygonGenuine", "CentaurHauls");
        assertThat(first.eax()).as("highest leaf").isBetween(1, 0x100);
        // Every processor with 64-bit mode has these: FPU, TSC, MSR, PAE, APIC, SSE2; LM.
        int baseline = 1 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 9 | 1 << 26;
        assertThat(leaf(cpuid, 1).edx() & baseline).isEqualTo(baseline);
        assertThat(leaf(cpuid, 0x8000_0001).edx() & 1 << 29).isNotZero();
        // "KVMKVMKVM"
        assertThat(leaf(cpuid, 0x4000_0000).ebx()).isEqualTo(0x4b4d564b);
    }

    @Test
    void aVmIsOneMoreDescriptorUntilItIsClosed() throws Exception {
        kvm.createVm().close();
        long before = openFiles();
        for (int i = 0; i < 20; i++) {
            try (Vm vm = kvm.createVm();
                    Vcpu _ = vm.createVcpu(0)) {
                assertThat(openFiles()).isGreaterThan(before - 10);
            }
        }
        assertThat(openFiles()).isLessThan(before + 20);
    }

    @Test
    void closingTheHandleLeavesItsVms() throws Exception {
        try (Vm vm = kvm.createVm()) {
            kvm.close();
            try (Vcpu vcpu = vm.createVcpu(0)) {
                assertThat(vcpu.registers().get("rflags")).isEqualTo(2);
            }
        }
    }

    @Test
    void memoryWithoutSenseIsRefusedInWords() throws Exception {
        try (GuestMemory memory = GuestMemory.allocate(1 << 20);
                Vm vm = kvm.createVm()) {
            MemorySegment all = memory.slice(0, 1 << 20);
            vm.setMemory(0, 0, all);
            assertRefused(vm, 0x10_0001, all, "EINVAL (22)");
            assertRefused(vm, 0x10_0000, all.asSlice(1, 4096), "EINVAL (22)");
            assertRefused(vm, 0x10_0000, all.asSlice(0, 4095), "EINVAL (22)");
            assertRefused(vm, 0x8_0000, all, "EEXIST (17)"); // overlaps the first
            vm.setMemory(1, 0x10_0000, all);
        }
    }

    @Test
    void aVcpuIsMadeOnce() throws Exception {
        try (Vm vm = kvm.createVm();
                Vcpu _ = vm.createVcpu(0);
                Vcpu _ = vm.createVcpu(1)) {
            assertThatExceptionOfType(LinuxException.class)
                    .isThrownBy(() -> vm.createVcpu(1))
                    .withMessageMatching("KVM_CREATE_VCPU\\(fd \\d+, 0x1\\): EEXIST \\(17\\)");
            assertThatExceptionOfType(LinuxException.class)
                    .isThrownBy(() -> vm.createVcpu(1 << 20))
                    .withMessageMatching("KVM_CREATE_VCPU\\(fd \\d+, 0x100000\\): EINVAL \\(22\\)");
        }
    }

    @Test
    void interruptsNeedTheirControllers() throws Exception {
        try (EventFd event = EventFd.create();
                Vm vm = kvm.createVm()) {
            assertThatExceptionOfType(LinuxException.class)
                    .isThrownBy(() -> vm.connectInterrupt(event, 5))
                    .withMessageMatching("KVM_IRQFD\\(fd \\d+, 32 bytes at 0x[0-9a-f]+\\): .*");
            vm.createIrqchip();
            vm.connectInterrupt(event, 5);
            assertThatExceptionOfType(LinuxException.class)
                    .as("one event, one line")
                    .isThrownBy(() -> vm.connectInterrupt(event, 6))
                    .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.EBUSY));
            assertThatExceptionOfType(LinuxException.class)
                    .isThrownBy(vm::createIrqchip)
                    .withMessageMatching("KVM_CREATE_IRQCHIP\\(fd \\d+, 0x0\\): EEXIST \\(17\\)");
        }
    }

    @Test
    void aWriteIsOneEventsAlone() throws Exception {
        try (EventFd first = EventFd.create();
                EventFd second = EventFd.create();
                Vm vm = kvm.createVm()) {
            vm.connectWrite(first, 0xd000_0050L, 0);
            vm.connectWrite(second, 0xd000_0050L, 1);
            assertThatExceptionOfType(LinuxException.class)
                    .isThrownBy(() -> vm.connectWrite(second, 0xd000_0050L, 0))
                    .withMessageMatching(
                            "KVM_IOEVENTFD\\(fd \\d+, 64 bytes at 0x[0-9a-f]+\\): EEXIST \\(17\\)");
        }
    }

    private static void assertRefused(
            Vm vm, long guestAddress, MemorySegment memory, String error) {
        assertThatExceptionOfType(LinuxException.class)
                .isThrownBy(() -> vm.setMemory(1, guestAddress, memory))
                .withMessage(
                        "KVM_SET_USER_MEMORY_REGION(slot 1, %d bytes at guest %#x, host %#x): %s",
                        memory.byteSize(), guestAddress, memory.address(), error);
    }

    private static Cpuid.Entry leaf(Cpuid cpuid, int function) {
        return cpuid.entries().stream()
                .filter(entry -> entry.function() == function)
                .findFirst()
                .orElseThrow();
    }

    private static long openFiles() throws Exception {
        try (var files = Files.list(Path.of("/proc/self/fd"))) {
            return files.count();
        }
    }
}
