package dev.microsandbox.vmm.kvmmachine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.kvm.ExitReason;
import dev.microsandbox.vmm.kvm.RunState;
import dev.microsandbox.vmm.kvm.RunStates;
import dev.microsandbox.vmm.linux.Errno;
import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.memory.GuestMemory;
import dev.microsandbox.vmm.virtio.EchoDevice;
import dev.microsandbox.vmm.virtio.VirtioMmio;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Exits as KVM describes them, and their effect on the machine. */
class ExitHandlerTest {

    private static final long CONFIG = 0xd000_0000L + 0x100;

    /** Exits that occur in normal operation. */
    private static final Set<Integer> HARMLESS =
            Set.of(ExitReason.IO, ExitReason.MMIO, ExitReason.IRQ_WINDOW_OPEN, ExitReason.INTR);

    private final RecordingPort port = new RecordingPort();
    private final EchoDevice device = new EchoDevice();
    private final List<String> crashes = new ArrayList<>();
    private int resets;
    private GuestMemory memory;

    @BeforeEach
    void allocate() throws LinuxException {
        memory = GuestMemory.allocate(4096);
    }

    @AfterEach
    void close() {
        memory.close();
    }

    private ExitHandler handler(RunState exit) {
        return new ExitHandler(
                exit,
                new PortBus(List.of(port.range())),
                new MmioBus(Map.of(0, new VirtioMmio(device, memory, () -> {}, line -> {})), 1),
                crashes::add,
                () -> resets++);
    }

    private boolean handle(RunState exit) {
        return handler(exit).handle();
    }

    /** Checks that the machine continues. */
    private void assertAnswered(RunState exit) {
        assertThat(handle(exit)).isTrue();
        assertThat(crashes).isEmpty();
        assertThat(resets).isZero();
    }

    /** Checks that the machine crashes. */
    private void assertCrashes(RunState exit, String report) {
        assertThat(handle(exit)).isFalse();
        assertThat(crashes).containsExactly(report);
        assertThat(resets).isZero();
    }

    // Ports.

    @ParameterizedTest
    @CsvSource({
        "1, 0:11",
        "2, 0:11 1:22",
        "4, 0:11 1:22 2:33 3:44",
    })
    void portsAreWritten(int size, String writes) {
        byte[] data = {0x11, 0x22, 0x33, 0x44};
        assertAnswered(RunStates.io(true, RecordingPort.FIRST, size, 1, data));
        assertThat(port.writes()).containsExactly(writes.split(" "));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void portsAreRead(int size) {
        RunState exit = RunStates.io(false, RecordingPort.FIRST, size, 1, new byte[4]);
        assertAnswered(exit);
        assertThat(exit.ioValue(0)).isEqualTo(size == 1 ? 0x01 : size == 2 ? 0x0201 : 0x04030201);
        assertThat(port.writes()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void stringsAreWrittenInOrder(int size) {
        int count = 4096 / size; // as much as KVM passes at once
        byte[] data = new byte[4096];
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < data.length; i++) {
            data[i] = (byte) i;
            expected.add("%d:%02x".formatted(i % size, i & 0xff));
        }
        assertAnswered(RunStates.io(true, RecordingPort.FIRST, size, count, data));
        assertThat(port.writes()).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void stringsAreReadInOrder(int size) {
        int count = 16 / size;
        RunState exit = RunStates.io(false, RecordingPort.FIRST, size, count, new byte[16]);
        assertAnswered(exit);
        for (int i = 0; i < 16; i++) {
            assertThat(exit.ioValue(i / size) >>> (8 * (i % size)) & 0xff).isEqualTo(i + 1);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aStringOfNothingIsNothing(boolean out) {
        assertAnswered(RunStates.io(out, RecordingPort.FIRST, 1, 0, new byte[0]));
        assertThat(port.writes()).isEmpty();
        assertThat(port.read(0)).as("the first read").isEqualTo(1);
    }

    @Test
    void whereNoDeviceIsReadsFindOnes() {
        RunState exit = RunStates.io(false, 0x9000, 4, 1, new byte[4]);
        assertAnswered(exit);
        assertThat(exit.ioValue(0)).isEqualTo(-1);
        assertAnswered(RunStates.io(true, 0xffff, 4, 1, new byte[4]));
    }

    // Memory-mapped devices.

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void windowsAreRead(int size) {
        RunState exit = RunStates.mmio(false, CONFIG, size, 0x5555_5555_5555_5555L);
        assertAnswered(exit);
        boolean possible = size == 1 || size == 2 || size == 4;
        assertThat(exit.mmioValue())
                .isEqualTo(possible ? 0x0807060504030201L & ((1L << (8 * size)) - 1) : 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void windowsAreWritten(int size) {
        byte[] expected = device.config.clone();
        if (size == 1 || size == 2 || size == 4) {
            for (int i = 0; i < size; i++) {
                expected[i] = (byte) (0x11 * (i + 1));
            }
        }
        assertAnswered(RunStates.mmio(true, CONFIG, size, 0x8877665544332211L));
        assertThat(device.config).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void whereNoWindowIsReadsFindOnes(int size) {
        RunState exit = RunStates.mmio(false, 0xc000_0000L, size, 0);
        assertAnswered(exit);
        assertThat(exit.mmioValue()).isEqualTo(size == 8 ? -1 : (1L << (8 * size)) - 1);
        assertAnswered(RunStates.mmio(true, 0xc000_0000L, size, -1));
    }

    // Exits that KVM causes by itself.

    @ParameterizedTest
    @ValueSource(ints = {ExitReason.INTR, ExitReason.IRQ_WINDOW_OPEN})
    void someExitsAreOfNoConcern(int reason) {
        assertAnswered(RunStates.of(reason));
    }

    // Ends.

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aShutdownOrResetThatKvmAnnouncesIsTheGuestsEnd(int event) {
        assertThat(handle(RunStates.systemEvent(event))).isFalse();
        assertThat(resets).isEqualTo(1);
        assertThat(crashes).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 4, 5, 7, -1, Integer.MAX_VALUE})
    void otherSystemEventsAreCrashes(int event) {
        assertCrashes(RunStates.systemEvent(event), "KVM_EXIT_SYSTEM_EVENT " + event);
    }

    @Test
    void aShutdownIsATripleFault() {
        assertCrashes(RunStates.of(ExitReason.SHUTDOWN), "KVM_EXIT_SHUTDOWN: a triple fault");
    }

    @Test
    void aHaltThatReachesUsIsForGood() {
        assertCrashes(
                RunStates.of(ExitReason.HLT),
                "KVM_EXIT_HLT: halted with no interrupt controller to wake it");
    }

    @Test
    void aStateThatTheProcessorRefusesIsTold() {
        assertCrashes(
                RunStates.failEntry(0x8000_0021L),
                "KVM_EXIT_FAIL_ENTRY: the processor refused the guest's state, reason 0x80000021");
    }

    @Test
    void anInstructionThatKvmCannotEmulateIsTold() {
        assertCrashes(
                RunStates.internalError(1, 2, 0x10, -1),
                "KVM_EXIT_INTERNAL_ERROR: KVM cannot emulate the instruction"
                        + " 0000000000000010 ffffffffffffffff");
    }

    @Test
    void otherInternalErrorsAreToldByNumber() {
        assertCrashes(RunStates.internalError(3, 0), "KVM_EXIT_INTERNAL_ERROR: suberror 3");
    }

    @Test
    void noMoreIsToldThanTheStructureHolds() {
        for (int count : new int[] {17, 1000, Integer.MAX_VALUE}) {
            assertThat(handle(RunStates.internalError(2, count))).isFalse();
            assertThat(crashes.removeLast())
                    .isEqualTo(
                            "KVM_EXIT_INTERNAL_ERROR: suberror 2" + " 0000000000000000".repeat(16));
        }
        // The same number is implausible as an unsigned one.
        assertThat(handle(RunStates.internalError(2, -1))).isFalse();
        assertThat(crashes.removeLast()).startsWith("KVM_EXIT_INTERNAL_ERROR: suberror 2");
    }

    static IntStream fatal() {
        return IntStream.concat(
                        IntStream.rangeClosed(-1, 45),
                        IntStream.of(255, 4711, Integer.MIN_VALUE, Integer.MAX_VALUE))
                .filter(reason -> !HARMLESS.contains(reason))
                .filter(reason -> reason != ExitReason.SYSTEM_EVENT);
    }

    @ParameterizedTest
    @MethodSource("fatal")
    void allOtherExitsAreCrashesByTheirNames(int reason) {
        assertThat(handle(RunStates.of(reason))).isFalse();
        assertThat(resets).isZero();
        assertThat(crashes).hasSize(1);
        assertThat(crashes.getFirst()).startsWith(ExitReason.name(reason));
    }

    @Test
    void exitsThatHaveNoNameHereAreToldByNumber() {
        assertCrashes(RunStates.of(4711), "KVM exit 4711");
    }

    @Test
    void aFailureOfOursIsACrashToo() {
        handler(RunStates.of(ExitReason.UNKNOWN))
                .failed(new LinuxException("KVM_RUN", Errno.EFAULT));
        assertThat(crashes).hasSize(1);
        assertThat(crashes.getFirst()).contains("KVM_RUN").contains("EFAULT");
    }
}
