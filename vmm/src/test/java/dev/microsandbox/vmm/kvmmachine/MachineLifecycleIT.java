package dev.microsandbox.vmm.kvmmachine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.microsandbox.vmm.boot.LongMode;
import dev.microsandbox.vmm.kvm.Kvm;
import dev.microsandbox.vmm.kvmmachine.Code.Register;
import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.machine.LogTail;
import dev.microsandbox.vmm.memory.GuestLayout;
import dev.microsandbox.vmm.memory.GuestMemory;
import dev.microsandbox.vmm.virtio.Console;
import dev.microsandbox.vmm.virtio.Entropy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What many machines, and hostile ones, cost the process. */
@Timeout(300)
class MachineLifecycleIT {

    @BeforeAll
    static void needsKvm() {
        BareMachine.assumeKvm();
    }

    @Test
    void aThousandMachinesLeaveNothing() throws Exception {
        for (int i = 0; i < 300; i++) {
            cycle(); // creates what is created only once
        }
        ProcessUsage before = ProcessUsage.settled();
        for (int i = 0; i < 1000; i++) {
            cycle();
        }
        ProcessUsage after = ProcessUsage.settled();
        System.err.println("1,000 machines: before " + before + ", after " + after);
        assertThat(after.descriptors()).isEqualTo(before.descriptors());
        assertThat(after.threads()).isLessThanOrEqualTo(before.threads() + 2);
        assertThat(after.mappings()).isLessThan(before.mappings() + 50);
        assertThat(after.residentKib()).isLessThan(before.residentKib() + 32 * 1024);
    }

    /** Creates a machine, boots it, lets the guest end it, and closes it. */
    private static void cycle() throws Exception {
        try (BareMachine guest = withDevices(new Code().reset())) {
            guest.start();
            assertThat(guest.end()).isEqualTo(MachineEnd.RESET);
        }
    }

    private static BareMachine withDevices(Code code) throws Exception {
        return BareMachine.create(
                code, List.of(), List.of(new Console("agent", bytes -> {}), new Entropy()));
    }

    @Test
    void twentyMachinesRunAtOnce() throws Exception {
        Code code = new Code().mov(Register.RBX, BareMachine.DATA);
        int again = code.position();
        code.increment().jump(again);
        List<BareMachine> guests = new ArrayList<>();
        try {
            for (int i = 0; i < 20; i++) {
                guests.add(withDevices(code).start());
            }
            for (BareMachine guest : guests) {
                long seen = guest.memory.u64(BareMachine.DATA);
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> guest.memory.u64(BareMachine.DATA) > seen + 1000);
            }
        } finally {
            for (BareMachine guest : guests) {
                guest.close();
            }
        }
    }

    @Test
    void stoppingDoesNotWaitForTheKernel() throws Exception {
        List<Long> micros = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            BareMachine guest = withDevices(new Code().cli().hlt()).start();
            Thread.sleep(2);
            long start = System.nanoTime();
            guest.machine.stop();
            micros.add((System.nanoTime() - start) / 1000);
            guest.close();
        }
        micros.sort(null);
        System.err.println("stop: median " + micros.get(25) + " µs, most " + micros.getLast());
        assertThat(micros.get(25)).isLessThan(5_000);
    }

    @Test
    void aMachineThatCannotBeMadeLeavesNothing() throws Exception {
        cycle();
        ProcessUsage before = ProcessUsage.settled();
        for (int i = 0; i < 50; i++) {
            GuestMemory memory = GuestMemory.allocate(1 << 20);
            assertThatThrownBy(
                            () ->
                                    Machine.create(
                                            new MachineSetup(
                                                    "none",
                                                    Path.of("/dev/null"),
                                                    1,
                                                    true,
                                                    List.of(new Entropy()),
                                                    List.of()),
                                            memory,
                                            List.of()))
                    .isInstanceOf(LinuxException.class)
                    .hasMessageContaining("KVM_GET_VCPU_MMAP_SIZE")
                    .hasMessageContaining("ENOTTY");
        }
        ProcessUsage after = ProcessUsage.settled();
        assertThat(after.descriptors()).isEqualTo(before.descriptors());
        assertThat(after.mappings()).isLessThan(before.mappings() + 20);
    }

    /** The first thread is the devices' thread, followed by the vCPUs' threads. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void aMachineWhoseThreadsAreRefusedLeavesNothing(int allowed) throws Exception {
        cycle();
        ProcessUsage before = ProcessUsage.settled();
        for (int i = 0; i < 10; i++) {
            GuestMemory memory = GuestMemory.allocate(4 << 20);
            Machine machine =
                    Machine.create(
                            new MachineSetup(
                                    "refused",
                                    Kvm.DEVICE,
                                    2,
                                    true,
                                    List.of(new Entropy()),
                                    List.of(),
                                    new FewThreads(allowed),
                                    line -> {}),
                            memory,
                            List.of());
            assertThatThrownBy(() -> machine.start(LongMode.prepare(memory, BareMachine.CODE, 0)))
                    .isInstanceOf(LinuxException.class)
                    .hasMessageContaining("pthread_create for refused")
                    .hasMessageContaining("raise the limit")
                    .hasMessageContaining("EAGAIN");
            assertThat(machine.awaitEnd(Duration.ZERO)).isEqualTo(MachineEnd.STOPPED);
            machine.dismantled().get(20, TimeUnit.SECONDS);
        }
        ProcessUsage after = ProcessUsage.settled();
        assertThat(after.descriptors()).isEqualTo(before.descriptors());
        assertThat(after.threads()).isLessThanOrEqualTo(before.threads() + 2);
        assertThat(after.mappings()).isLessThan(before.mappings() + 20);
    }

    /** Threads of which only the first ones can be started. */
    private static final class FewThreads implements MachineThreads {

        private int left;

        FewThreads(int allowed) {
            left = allowed;
        }

        @Override
        public Thread create(String name, Runnable task) {
            return left-- > 0
                    ? PLATFORM.create(name, task)
                    : new Thread(task, name) {
                        @Override
                        public void start() {
                            throw new OutOfMemoryError("unable to create native thread");
                        }
                    };
        }
    }

    /** The guest breaks a queue again and again: it sets the queue ready at invalid addresses. */
    @Test
    void aBrokenDeviceIsNamedInTheLogOnce() throws Exception {
        Code code = new Code();
        int again = code.position();
        int[][] writes = {{0x70, 0}, {0x70, 1}, {0x70, 3}, {0x24, 1}, {0x20, 1}, {0x70, 11}};
        int[][] more = {{0x30, 0}, {0x38, 8}, {0x80, 1}, {0x44, 1}, {0x70, 15}};
        for (int[] write : Stream.of(writes, more).flatMap(Stream::of).toList()) {
            code.mov(Register.RBX, GuestLayout.virtioMmio(0) + write[0]);
            code.mov(Register.RAX, write[1]).store(4);
        }
        code.mov(Register.RBX, BareMachine.DATA).increment().jump(again);
        List<String> lines = new CopyOnWriteArrayList<>();
        try (BareMachine guest = BareMachine.create(code, new Entropy(), lines::add)) {
            guest.start();
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> guest.memory.u64(BareMachine.DATA) >= 20);
        }
        assertThat(lines)
                .singleElement()
                .asString()
                .startsWith("virtio-rng, queue 0 is broken")
                .contains("8 descriptors at 0x1,");
    }

    // Floods. The VM may waste its own time, but its share of ours is bounded.

    @Test
    void aFloodOfNotificationsDelaysNoOther() throws Exception {
        Code flood =
                new Code().mov(Register.RBX, GuestLayout.virtioMmio(0) + 0x50).mov(Register.RAX, 0);
        int again = flood.position();
        flood.store(4).jump(again);
        assertOthersRunAndMemoryStays(flood);
    }

    @Test
    void aFloodOfTheSerialPortIsKeptWithinBounds() throws Exception {
        Code flood = new Code().mov(Register.RDX, SerialPort.FIRST_PORT).mov(Register.RAX, 'x');
        int again = flood.position();
        flood.out(1).jump(again);
        assertOthersRunAndMemoryStays(flood);
    }

    @Test
    void aFloodOfRegisterWritesIsKeptWithinBounds() throws Exception {
        Code flood =
                new Code().mov(Register.RBX, GuestLayout.virtioMmio(0) + 0x70).mov(Register.RAX, 0);
        int again = flood.position();
        flood.store(4).jump(again);
        assertOthersRunAndMemoryStays(flood);
    }

    /** The heap after garbage collection. A flood may create garbage, but nothing that stays. */
    private static long liveHeapKib() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return (runtime.totalMemory() - runtime.freeMemory()) / 1024;
    }

    private static void assertOthersRunAndMemoryStays(Code flood) throws Exception {
        LogTail log = new LogTail();
        try (BareMachine hostile =
                BareMachine.create(
                        flood,
                        List.of(
                                new PortBus.Range(
                                        SerialPort.FIRST_PORT,
                                        SerialPort.PORTS,
                                        new SerialPort(log))),
                        List.of(new Console("agent", log::append), new Entropy()))) {
            hostile.start();
            Thread.sleep(500);
            long before = liveHeapKib();
            for (int i = 0; i < 20; i++) {
                cycle();
                Thread.sleep(100);
            }
            assertThat(liveHeapKib()).isLessThan(before + 16 * 1024);
            assertThat(hostile.machine.awaitEnd(Duration.ZERO)).isNull();
            assertThat(log.lastLines().length()).isLessThanOrEqualTo(16 * 1024);
        }
    }
}
