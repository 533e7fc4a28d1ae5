package dev.microsandbox.vmm.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * RAM above 3 GiB continues after the MMIO gap. Only the pages that a test touches are allocated.
 */
@Timeout(30)
class HighMemoryTest {

    private static final long GIB = 1L << 30;
    private static final long GAP = 3 * GIB;
    private static final long HIGH = 4 * GIB;

    @Test
    void ramUpToTheGapIsOneRegion() throws Exception {
        try (GuestMemory memory = GuestMemory.allocate(GAP)) {
            assertThat(memory.regions()).hasSize(1);
            memory.putU64(GAP - 8, 1);
            assertRefused(() -> memory.u8(GAP));
            assertRefused(() -> memory.u8(HIGH));
        }
    }

    @Test
    void onePageMoreIsASecondRegion() throws Exception {
        try (GuestMemory memory = GuestMemory.allocate(GAP + 4096)) {
            assertThat(memory.regions())
                    .extracting(GuestMemory.Region::guestAddress, GuestMemory.Region::size)
                    .containsExactly(tuple(0L, GAP), tuple(HIGH, 4096L));
            assertThat(memory.size()).isEqualTo(GAP + 4096);
            memory.putU64(HIGH + 4088, 1);
            assertRefused(() -> memory.u64(HIGH + 4089));
        }
    }

    @Test
    void theRegionsShareNoByte() throws Exception {
        try (GuestMemory memory = GuestMemory.allocate(4 * GIB)) {
            memory.putU64(0, 1);
            memory.putU64(GAP - 8, 2);
            memory.putU64(HIGH, 3);
            memory.putU64(5 * GIB - 8, 4);
            assertThat(memory.u64(0)).isEqualTo(1);
            assertThat(memory.u64(GAP - 8)).isEqualTo(2);
            assertThat(memory.u64(HIGH)).isEqualTo(3);
            assertThat(memory.u64(5 * GIB - 8)).isEqualTo(4);
            assertThat(memory.slice(HIGH, GIB).address())
                    .isEqualTo(memory.slice(0, 1).address() + GAP);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0xc0000000, 1",
        "0xbfffffff, 2",
        "0xbffffffc, 8",
        "0xc0000001, 0",
        "0xd0000000, 4096",
        "0xffffffff, 1",
        "0xffffffff, 2",
        "0xffffffff, 0",
        "0, 0x100000000",
        "0, 0x140000000",
        "0xbffff000, 0x40002000",
        "0x140000000, 1",
        "0x13fffffff, 2",
        "0x140000001, 0",
        "0x100000000, 0x40000001"
    })
    void whatTouchesTheGapOrTheEndIsRefused(String address, String length) throws Exception {
        try (GuestMemory memory = GuestMemory.allocate(4 * GIB)) {
            assertRefused(() -> memory.slice(Long.decode(address), Long.decode(length)));
            assertRefused(() -> memory.discard(Long.decode(address), Long.decode(length)));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0xc0000000, 0",
        "0xbfffffff, 1",
        "0x100000000, 0",
        "0x100000000, 0x40000000",
        "0x13fffffff, 1",
        "0x140000000, 0"
    })
    void whatEndsThereIsNot(String address, String length) throws Exception {
        try (GuestMemory memory = GuestMemory.allocate(4 * GIB)) {
            assertThat(memory.slice(Long.decode(address), Long.decode(length)).byteSize())
                    .isEqualTo(Long.decode(length));
        }
    }

    @Test
    void discardingFindsThePageOfTheHighRegion() throws Exception {
        try (GuestMemory memory = GuestMemory.allocate(4 * GIB)) {
            for (long at : new long[] {0, GAP - 4096, HIGH, HIGH + 4096, 5 * GIB - 4096}) {
                memory.putU64(at, at + 1);
            }
            memory.discard(HIGH, 4096);
            assertThat(memory.u64(HIGH)).isZero();
            memory.discard(5 * GIB - 4097, 4097);
            assertThat(memory.u64(5 * GIB - 4096)).isZero();
            assertThat(memory.u64(0)).isEqualTo(1);
            assertThat(memory.u64(GAP - 4096)).isEqualTo(GAP - 4096 + 1);
            assertThat(memory.u64(HIGH + 4096)).isEqualTo(HIGH + 4096 + 1);
            memory.discard(GAP - 4096, 4096);
            assertThat(memory.u64(GAP - 4096)).isZero();
            assertThat(memory.u64(HIGH + 4096)).isEqualTo(HIGH + 4096 + 1);
        }
    }

    private interface Access {
        void run() throws Exception;
    }

    private static void assertRefused(Access access) {
        assertThatExceptionOfType(GuestAddressException.class).isThrownBy(access::run);
    }
}
