package dev.microsandbox.vmm.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The offsets of struct kvm_run are literal numbers here, from linux/kvm.h, instead of our
 * constants.
 */
class RunStateTest {

    private static final int DATA = 4096;

    private final MemorySegment run = MemorySegment.ofArray(new byte[3 * 4096]);
    private final RunState state = new RunState(run);

    @Test
    void aPortWriteIsRead() {
        io(1, 2, 0xfffe, 1);
        put(DATA, 2, 0xbeef);
        assertThat(state.exitReason()).isEqualTo(ExitReason.IO);
        assertThat(state.ioIsOut()).isTrue();
        assertThat(state.ioSize()).isEqualTo(2);
        assertThat(state.ioPort()).isEqualTo(0xfffe);
        assertThat(state.ioCount()).isEqualTo(1);
        assertThat(state.ioValue(0)).isEqualTo(0xbeef);
    }

    @ParameterizedTest
    @CsvSource({"1, ff, 80", "2, ffff, 8001", "4, ffffffff, 80000001"})
    void valuesOfEachSizeAreUnsigned(int size, String first, String second) {
        io(1, size, 0x3f8, 3);
        put(DATA, size, Long.parseLong(first, 16));
        put(DATA + size, size, Long.parseLong(second, 16));
        put(DATA + 2 * size, size, 1);
        assertThat(state.ioValue(0)).isEqualTo(Integer.parseUnsignedInt(first, 16));
        assertThat(state.ioValue(1)).isEqualTo(Integer.parseUnsignedInt(second, 16));
        assertThat(state.ioValue(2)).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"1, 00ee00", "2, 0000ddee0000", "4, 00000000bbccddee00000000"})
    void anAnswerHasTheSizeOfItsAccess(int size, String expected) {
        io(0, size, 0x60, 3);
        assertThat(state.ioIsOut()).isFalse();
        state.setIoValue(1, 0xbbccddee);
        StringBuilder bytes = new StringBuilder();
        for (int i = 0; i < 3 * size; i++) {
            int within = i / size * size + size - 1 - i % size;
            bytes.append("%02x".formatted(run.get(ValueLayout.JAVA_BYTE, DATA + within)));
        }
        assertThat(bytes).hasToString(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "1, 88",
        "2, 7788",
        "3, 667788",
        "4, 55667788",
        "5, 4455667788",
        "6, 334455667788",
        "7, 22334455667788",
        "8, 8122334455667788"
    })
    void anMmioWriteOfEachSizeIsZeroExtended(int size, String expected) {
        mmio(0xd000_0050L, 0x8122_3344_5566_7788L, size, 1);
        assertThat(state.exitReason()).isEqualTo(ExitReason.MMIO);
        assertThat(state.mmioIsWrite()).isTrue();
        assertThat(state.mmioAddress()).isEqualTo(0xd000_0050L);
        assertThat(state.mmioSize()).isEqualTo(size);
        assertThat(state.mmioValue()).isEqualTo(Long.parseUnsignedLong(expected, 16));
    }

    @Test
    void anMmioReadIsAnswered() {
        mmio(-8, 0, 4, 0);
        assertThat(state.mmioIsWrite()).isFalse();
        assertThat(state.mmioAddress()).isEqualTo(-8);
        state.setMmioValue(0x8877_6655_4433_2211L);
        for (int i = 0; i < 8; i++) {
            assertThat(run.get(ValueLayout.JAVA_BYTE, 40 + i)).isEqualTo((byte) (0x11 * (i + 1)));
        }
        assertThat(run.get(ValueLayout.JAVA_INT_UNALIGNED, 48)).as("length").isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 5, 15, 16})
    void theDataOfAnInternalErrorAreReadAsFarAsTheyGo(int count) {
        internalError(count);
        long[] expected = new long[count];
        for (int i = 0; i < count; i++) {
            expected[i] = -1L - i;
        }
        assertThat(state.exitReason()).isEqualTo(ExitReason.INTERNAL_ERROR);
        assertThat(state.internalSuberror()).isEqualTo(3);
        assertThat(state.internalData()).isEqualTo(expected);
    }

    @Test
    void anAbsurdCountOfThemIsCut() {
        internalError(17);
        assertThat(state.internalData()).hasSize(16);
        internalError(Integer.MAX_VALUE);
        assertThat(state.internalData()).hasSize(16);
        internalError(-1);
        assertThat(state.internalData()).isEmpty();
    }

    @Test
    void otherEndsTellTheirReason() {
        put(8, 4, ExitReason.FAIL_ENTRY);
        put(32, 8, 0x8000_0000_0000_0021L);
        assertThat(state.exitReason()).isEqualTo(ExitReason.FAIL_ENTRY);
        assertThat(state.failEntryReason()).isEqualTo(0x8000_0000_0000_0021L);
        put(8, 4, ExitReason.SYSTEM_EVENT);
        put(32, 4, 2);
        assertThat(state.systemEvent()).isEqualTo(2);
    }

    @Test
    void exitsHaveTheNamesOfTheHeader() {
        assertThat(ExitReason.name(ExitReason.IO)).isEqualTo("KVM_EXIT_IO");
        assertThat(ExitReason.name(17)).isEqualTo("KVM_EXIT_INTERNAL_ERROR");
        assertThat(ExitReason.name(24)).isEqualTo("KVM_EXIT_SYSTEM_EVENT");
        assertThat(ExitReason.name(8)).isEqualTo("KVM_EXIT_SHUTDOWN");
        assertThat(ExitReason.name(99)).isEqualTo("KVM exit 99");
        assertThat(ExitReason.name(-1)).isEqualTo("KVM exit -1");
    }

    private void io(int direction, int size, int port, int count) {
        put(8, 4, 2);
        put(32, 1, direction);
        put(33, 1, size);
        put(34, 2, port);
        put(36, 4, count);
        put(40, 8, DATA);
    }

    private void mmio(long address, long data, int length, int isWrite) {
        put(8, 4, 6);
        put(32, 8, address);
        put(40, 8, data);
        put(48, 4, length);
        put(52, 1, isWrite);
    }

    private void internalError(int count) {
        put(8, 4, 17);
        put(32, 4, 3);
        put(36, 4, count);
        for (int i = 0; i < 20; i++) {
            put(40 + 8 * i, 8, -1L - i);
        }
    }

    private void put(long at, int size, long value) {
        ValueLayout.OfLong layout =
                ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
        MemorySegment bytes = MemorySegment.ofArray(new byte[8]);
        bytes.set(layout, 0, value);
        MemorySegment.copy(bytes, 0, run, at, size);
    }
}
