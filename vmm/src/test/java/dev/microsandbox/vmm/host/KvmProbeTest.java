package dev.microsandbox.vmm.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.microsandbox.vmm.host.KvmFinding.State;
import dev.microsandbox.vmm.kvm.Capability;
import dev.microsandbox.vmm.kvm.Kvm;
import dev.microsandbox.vmm.linux.Errno;
import dev.microsandbox.vmm.linux.LinuxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the probe reports about devices, and about this host's. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KvmProbeTest {

    private static final Path DEVICE = Path.of("/dev/kvm");

    @TempDir Path directory;

    private KvmFinding probe(Path device) {
        return KvmProbe.probe(device, directory.resolve("modules"));
    }

    // The device is missing.

    @Test
    void aMissingDeviceWantsTheModuleLoaded() {
        KvmFinding found = probe(directory.resolve("kvm"));
        assertThat(found.state()).isEqualTo(State.MISSING);
        assertThat(found.text())
                .startsWith(directory.resolve("kvm") + " is missing. ")
                .contains("modprobe")
                .contains("nested virtualization");
        assertThat(found.canRun()).isFalse();
    }

    @Test
    void aMissingDeviceWithTheModuleLoadedIsOneThatIsNotPassedOn() throws IOException {
        Files.createDirectories(directory.resolve("modules/kvm"));
        KvmFinding found = probe(directory.resolve("kvm"));
        assertThat(found.state()).isEqualTo(State.MISSING);
        assertThat(found.text()).contains("--device /dev/kvm").doesNotContain("modprobe");
    }

    // The device exists but is not available.

    @Test
    void aDeviceThatAnotherHypervisorHoldsIsBusyWhenOpened() {
        assertBusy(
                KvmProbe.notOpened(DEVICE, directory, new LinuxException("open", Errno.EBUSY)),
                "open: EBUSY (16)");
    }

    @Test
    void aDeviceThatAnotherHypervisorHoldsIsBusyWhenAMachineIsMade() {
        assertBusy(
                KvmProbe.notRunning(DEVICE, new LinuxException("KVM_CREATE_VM", Errno.EBUSY)),
                "KVM_CREATE_VM: EBUSY (16)");
    }

    private static void assertBusy(KvmFinding found, String call) {
        assertThat(found.state()).isEqualTo(State.BUSY);
        assertThat(found.text())
                .startsWith("/dev/kvm is busy (" + call + ")")
                .contains("Stop it", "dmesg");
        assertThat(found.canRun()).isFalse();
    }

    @Test
    void aDeviceOnWhichNoMachineRunsIsFailing() {
        KvmFinding found =
                KvmProbe.notRunning(DEVICE, new LinuxException("KVM_CREATE_VM", Errno.ENODEV));
        assertThat(found.state()).isEqualTo(State.FAILING);
        assertThat(found.text())
                .contains("KVM_CREATE_VM: ENODEV (19)", "dmesg", "firmware", "hypervisor");
        assertThat(found.canRun()).isFalse();
    }

    @Test
    void anErrorThatNobodyExpectedIsToldAsItIs() {
        KvmFinding found =
                KvmProbe.notOpened(DEVICE, directory, new LinuxException("open", Errno.ENOMEM));
        assertThat(found.state()).isEqualTo(State.NOT_KVM);
        assertThat(found.text()).contains("open: ENOMEM (12)");
    }

    // The device is something else.

    @Test
    void aFileIsNotKvm() throws IOException {
        Path file = Files.writeString(directory.resolve("kvm"), "kvm");
        assertNotKvm(file);
        assertThat(file).hasContent("kvm");
    }

    @Test
    void aDirectoryIsNotKvm() {
        assertNotKvm(directory);
    }

    @Test
    void anotherDeviceIsNotKvm() {
        assertNotKvm(Path.of("/dev/null"));
    }

    @Test
    void aPathThroughAFileIsNotKvm() {
        assertNotKvm(Path.of("/dev/null/kvm"));
    }

    @Test
    void aPipeThatNobodyWritesToIsNotKvmAndNotWaitedFor() throws Exception {
        Path pipe = directory.resolve("kvm");
        Process make = new ProcessBuilder("mkfifo", pipe.toString()).inheritIO().start();
        assertThat(make.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(make.exitValue()).isZero();
        assertNotKvm(pipe);
    }

    private void assertNotKvm(Path device) {
        KvmFinding found = probe(device);
        assertThat(found.state()).isEqualTo(State.NOT_KVM);
        assertThat(found.text()).contains(device.toString()).endsWith(".");
        assertThat(found.canRun()).isFalse();
    }

    // The device must not be used.

    @Test
    void aDeviceThatIsForNobodyIsForbidden() throws IOException {
        Path file = Files.createFile(directory.resolve("kvm"));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("---------"));
        assumeFalse(Files.isWritable(file), "skipped: root may open every file");
        KvmFinding found = probe(file);
        assertThat(found.state()).isEqualTo(State.FORBIDDEN);
        assertThat(found.text()).contains("run as that user").contains("chmod g+rw " + file);
    }

    @Test
    void whoIsNotInTheDevicesGroupIsToldToJoinIt() {
        assertThat(KvmProbe.forbidden(DEVICE, "root", "kvm", true))
                .isEqualTo(
                        "/dev/kvm is for group kvm: add yourself with 'usermod -aG kvm USER'"
                                + " and log in anew.");
    }

    @ParameterizedTest
    @CsvSource({"root, true", "root, false", "kvm, false"})
    void nobodyIsToldToJoinRootsGroup(String group, boolean byGroup) {
        assertThat(KvmProbe.forbidden(DEVICE, "root", group, byGroup))
                .startsWith("/dev/kvm is for root alone: run as that user")
                .contains("'chgrp kvm /dev/kvm'", "'chmod g+rw /dev/kvm'", "usermod -aG kvm")
                .doesNotContain("-aG root");
    }

    @Test
    void anotherVersionOfTheInterfaceIsTooOld() {
        KvmFinding found = KvmProbe.tooOld(11);
        assertThat(found.state()).isEqualTo(State.TOO_OLD);
        assertThat(found.text()).contains("version 11").contains("12 is needed");
        assertThat(found.canRun()).isFalse();
    }

    @Test
    void whatIsLackingIsNamed() {
        Set<Capability> lacking = EnumSet.of(Capability.IRQFD, Capability.IRQCHIP);
        KvmFinding found = KvmProbe.lacking(DEVICE, lacking);
        assertThat(found.state()).isEqualTo(State.LACKING);
        assertThat(found.text())
                .startsWith("/dev/kvm lacks KVM_CAP_IRQCHIP, KVM_CAP_IRQFD: ")
                .contains("update the host's kernel");
        assertThat(found.canRun()).isFalse();
    }

    // What runs kernel mode.

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.25, 1, 29.9, 30})
    void aProcessorIsFast(double nanos) {
        KvmFinding found = KvmProbe.judge(DEVICE, nanos);
        assertThat(found.state()).isEqualTo(State.USABLE);
        assertThat(found.text()).contains("on the processor");
        assertThat(found.canRun()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(doubles = {30.1, 200, 10_000})
    void anEmulatorIsSlow(double nanos) {
        KvmFinding found = KvmProbe.judge(DEVICE, nanos);
        assertThat(found.state()).isEqualTo(State.EMULATED);
        assertThat(found.text())
                .contains("%.0f ns an instruction".formatted(nanos))
                .contains("very slowly");
        assertThat(found.canRun()).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void machinesRunOnlyWhereTheyHaveRun(State state) {
        assertThat(new KvmFinding(state, "").canRun())
                .isEqualTo(state == State.USABLE || state == State.EMULATED);
    }

    // This host.

    @Test
    void thisHostsKvmIsFoundTheSameEachTime() {
        assumeTrue(Files.isWritable(Kvm.DEVICE), "skipped: no usable " + Kvm.DEVICE);
        long start = System.nanoTime();
        KvmFinding found = KvmProbe.probe();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
        System.err.println("[kvm] " + found.text());
        assertThat(found.text()).startsWith("/dev/kvm ").endsWith(".");
        for (int i = 0; i < 10; i++) {
            assertThat(KvmProbe.probe().state()).isEqualTo(found.state());
        }
    }

    @Test
    void aProbeLeavesNoDescriptor() throws IOException {
        assumeTrue(Files.isWritable(Kvm.DEVICE), "skipped: no usable " + Kvm.DEVICE);
        KvmProbe.probe();
        long before = descriptors();
        for (int i = 0; i < 100; i++) {
            KvmProbe.probe();
        }
        assertThat(descriptors()).isEqualTo(before);
    }

    @Test
    void aProbeOfSomethingElseLeavesNoDescriptor() throws IOException {
        KvmFinding _ = probe(Path.of("/dev/null"));
        long before = descriptors();
        for (int i = 0; i < 100; i++) {
            assertNotKvm(Path.of("/dev/null"));
        }
        assertThat(descriptors()).isEqualTo(before);
    }

    private static long descriptors() throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.count();
        }
    }
}
