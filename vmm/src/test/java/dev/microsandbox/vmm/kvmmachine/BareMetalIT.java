package dev.microsandbox.vmm.kvmmachine;

import static dev.microsandbox.vmm.kvmmachine.BareMachine.DATA;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.microsandbox.vmm.boot.EntryState;
import dev.microsandbox.vmm.boot.LongMode;
import dev.microsandbox.vmm.kvmmachine.Code.Register;
import dev.microsandbox.vmm.memory.GuestLayout;
import dev.microsandbox.vmm.virtio.EchoDevice;
import dev.microsandbox.vmm.virtio.Entropy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Exits, ends and pauses, with guests of a few instructions on the real KVM. */
@Timeout(60)
class BareMetalIT {

    @BeforeAll
    static void needsKvm() {
        BareMachine.assumeKvm();
    }

    // Ports.

    @Test
    void portsAreWrittenInEachSize() throws Exception {
        RecordingPort port = new RecordingPort();
        Code code = new Code().mov(Register.RDX, RecordingPort.FIRST);
        for (int size : new int[] {1, 2, 4}) {
            code.mov(Register.RAX, 0x44332211).out(size);
        }
        try (BareMachine guest = BareMachine.start(code.reset(), port.range())) {
            assertThat(guest.end()).isEqualTo(MachineEnd.RESET);
            assertThat(port.writes())
                    .containsExactly("0:11", "0:11", "1:22", "0:11", "1:22", "2:33", "3:44");
        }
    }

    @Test
    void portsAreReadInEachSize() throws Exception {
        Code code = new Code().mov(Register.RDX, RecordingPort.FIRST);
        long at = DATA;
        for (int size : new int[] {1, 2, 4}) {
            code.mov(Register.RAX, 0).mov(Register.RBX, at).in(size).store(8);
            at += 8;
        }
        // A port without a device reads as all ones.
        code.mov(Register.RDX, 0x9000).mov(Register.RAX, 0).mov(Register.RBX, at).in(4).store(8);
        RecordingPort port = new RecordingPort();
        ResultPort result = new ResultPort();
        try (BareMachine guest =
                BareMachine.start(ResultPort.report(code, 4), port.range(), result.range())) {
            assertThat(guest.end()).isEqualTo(MachineEnd.RESET);
            assertThat(result.words()).containsExactly(0x01L, 0x0302L, 0x07060504L, 0xffff_ffffL);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void stringsAreWrittenAndReadInOrder(int size) throws Exception {
        RecordingPort port = new RecordingPort();
        Code code =
                new Code()
                        .mov(Register.RDX, RecordingPort.FIRST)
                        .mov(Register.RCX, 3)
                        .mov(Register.RSI, DATA + 0x100)
                        .repOuts(size)
                        .mov(Register.RCX, 3)
                        .mov(Register.RDI, DATA)
                        .repIns(size);
        ResultPort result = new ResultPort();
        try (BareMachine guest =
                BareMachine.create(
                        ResultPort.report(code, 2),
                        List.of(port.range(), result.range()),
                        List.of())) {
            List<String> expected = new ArrayList<>();
            for (int i = 0; i < 3 * size; i++) {
                guest.memory.putU8(DATA + 0x100 + i, 0x40 + i);
                expected.add("%d:%02x".formatted(i % size, 0x40 + i));
            }
            guest.start();
            assertThat(guest.end()).isEqualTo(MachineEnd.RESET);
            assertThat(port.writes()).isEqualTo(expected);
            for (int i = 0; i < 3 * size; i++) {
                assertThat(result.words()[i / 8] >>> (8 * (i % 8)) & 0xff).isEqualTo(i + 1);
            }
        }
    }

    // Memory-mapped devices.

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8})
    void windowsAreReadAndWrittenInEachSize(int size) throws Exception {
        EchoDevice device = new EchoDevice();
        byte[] before = device.config.clone();
        long config = GuestLayout.virtioMmio(1) + 0x100;
        Code code =
                new Code()
                        .mov(Register.RBX, config)
                        .mov(Register.RAX, 0)
                        .load(size)
                        .mov(Register.RBX, DATA)
                        .store(8)
                        .mov(Register.RBX, config)
                        .mov(Register.RAX, 0x8877665544332211L)
                        .store(size)
                        // An address outside of the windows, and a slot without a device.
                        .mov(Register.RBX, GuestLayout.virtioMmio(2))
                        .mov(Register.RAX, 0)
                        .load(4)
                        .mov(Register.RBX, DATA + 8)
                        .store(8)
                        .mov(Register.RBX, GuestLayout.virtioMmio(2))
                        .store(4);
        ResultPort result = new ResultPort();
        try (BareMachine guest =
                BareMachine.create(
                        ResultPort.report(code, 2),
                        List.of(result.range()),
                        List.of(new Entropy(), device))) {
            guest.start();
            assertThat(guest.end()).isEqualTo(MachineEnd.RESET);
            // No register is that wide, so nothing happens.
            long all = size == 8 ? -1 : (1L << (8 * size)) - 1;
            if (size < 8) {
                assertThat(result.words()[0]).isEqualTo(0x0807060504030201L & all);
                for (int i = 0; i < before.length; i++) {
                    assertThat(device.config[i])
                            .isEqualTo(i < size ? (byte) (0x11 * (i + 1)) : before[i]);
                }
            } else {
                assertThat(result.words()[0]).isZero();
                assertThat(device.config).isEqualTo(before);
            }
            assertThat(result.words()[1]).isEqualTo(0xffff_ffffL);
        }
    }

    // Ends.

    @Test
    void aTripleFaultIsReportedWithRegistersAndCode() throws Exception {
        Code code =
                new Code()
                        .mov(Register.RBX, DATA)
                        .lidt()
                        .mov(Register.RCX, 0x1234_5678_9abcL)
                        .ud2();
        try (BareMachine guest = BareMachine.start(code)) {
            MachineEnd end = guest.end();
            assertThat(end.kind()).isEqualTo(MachineEnd.Kind.CRASHED);
            assertThat(end.text())
                    .contains("vCPU 0: KVM_EXIT_SHUTDOWN: a triple fault")
                    .contains("rcx 0000123456789abc")
                    .contains("cr3 0000000000009000")
                    .contains("code at rip: 0f 0b");
        }
    }

    @Test
    void runningWhereThereIsNoMemoryIsReported() throws Exception {
        Code code = new Code().mov(Register.RBX, 0x3000_0000).jump();
        try (BareMachine guest = BareMachine.start(code)) {
            MachineEnd end = guest.end();
            assertThat(end.kind()).isEqualTo(MachineEnd.Kind.CRASHED);
            assertThat(end.text()).contains("KVM_EXIT_").contains("(not in RAM)");
        }
    }

    @Test
    void aHaltedGuestIsStopped() throws Exception {
        try (BareMachine guest = BareMachine.start(new Code().cli().hlt())) {
            assertThat(guest.machine.awaitEnd(Duration.ofMillis(100))).isNull();
            guest.machine.stop();
            assertThat(guest.end()).isEqualTo(MachineEnd.STOPPED);
        }
    }

    @Test
    void theFirstEndCounts() throws Exception {
        try (BareMachine guest = BareMachine.start(new Code().reset())) {
            assertThat(guest.end()).isEqualTo(MachineEnd.RESET);
            guest.machine.stop();
            assertThat(guest.end()).isEqualTo(MachineEnd.RESET);
        }
    }

    @Test
    void aMachineThatNeverStartedIsDismantledToo() throws Exception {
        BareMachine guest = BareMachine.create(new Code().hlt(), List.of(), List.of());
        EntryState entry = LongMode.prepare(guest.memory, BareMachine.CODE, 0);
        guest.close();
        assertThat(guest.machine.dismantled()).isCompleted();
        guest.machine.start(entry);
        assertThat(guest.end()).isEqualTo(MachineEnd.STOPPED);
    }

    // Pausing.

    @Test
    void aBusyGuestIsHeldBetweenTwoInstructionsAndGoesOn() throws Exception {
        AtomicLong written = new AtomicLong();
        PortBus.Range port =
                new PortBus.Range(
                        RecordingPort.FIRST,
                        1,
                        new PortDevice() {
                            @Override
                            public int read(int offset) {
                                return 0;
                            }

                            @Override
                            public void write(int offset, int value) {
                                written.incrementAndGet();
                            }
                        });
        Code code = new Code().mov(Register.RDX, RecordingPort.FIRST).mov(Register.RBX, DATA);
        int again = code.position();
        code.out(1).increment().jump(again);
        try (BareMachine guest = BareMachine.start(code, port)) {
            long before = 0;
            for (int i = 0; i < 100; i++) {
                assertThat(guest.machine.pause()).isTrue();
                long writes = written.get();
                long increments = guest.memory.u64(DATA);
                assertThat(writes - increments).isBetween(0L, 1L);
                Thread.sleep(1);
                assertThat(guest.memory.u64(DATA)).as("held").isEqualTo(increments);
                assertThat(written).hasValue(writes);
                guest.machine.resume();
                long now = before;
                await().pollDelay(Duration.ZERO)
                        .pollInterval(Duration.ofMillis(1))
                        .until(() -> guest.memory.u64(DATA) > now);
                before = guest.memory.u64(DATA);
            }
        }
    }

    @Test
    void aKickReachesAGuestThatSpinsAndOneThatSleeps() throws Exception {
        Code spin = new Code();
        spin.jump(0);
        for (Code code : List.of(spin, new Code().cli().hlt())) {
            try (BareMachine guest = BareMachine.start(code)) {
                List<Long> micros = new ArrayList<>();
                for (int i = 0; i < 50; i++) {
                    Thread.sleep(1);
                    long start = System.nanoTime();
                    assertThat(guest.machine.pause()).isTrue();
                    micros.add((System.nanoTime() - start) / 1000);
                    guest.machine.resume();
                }
                micros.sort(null);
                System.err.println(
                        "kick: median " + micros.get(25) + " µs, most " + micros.getLast());
                // Without a kick, neither vCPU would ever leave the guest.
                assertThat(micros.getLast()).isLessThan(5_000_000);
            }
        }
    }

    @Test
    void vcpusThatWaitForTheirStartArePausedAndStoppedToo() throws Exception {
        Code code = new Code().mov(Register.RBX, DATA);
        int again = code.position();
        code.increment().jump(again);
        try (BareMachine guest = BareMachine.create(8, code, List.of(), List.of()).start()) {
            for (int i = 0; i < 20; i++) {
                assertThat(guest.machine.pause()).isTrue();
                long held = guest.memory.u64(DATA);
                Thread.sleep(1);
                assertThat(guest.memory.u64(DATA)).isEqualTo(held);
                guest.machine.resume();
                await().pollDelay(Duration.ZERO)
                        .pollInterval(Duration.ofMillis(1))
                        .until(() -> guest.memory.u64(DATA) > held);
            }
        }
    }

    @Test
    void pausingAMachineThatEndsSaysSo() throws Exception {
        try (BareMachine guest = BareMachine.start(new Code().reset())) {
            guest.end();
            assertThat(guest.machine.pause()).isFalse();
        }
    }
}
