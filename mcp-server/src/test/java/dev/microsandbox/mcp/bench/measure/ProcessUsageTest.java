package dev.microsandbox.mcp.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ProcessUsageTest {

    @Test
    void theNameOfAProcessMayHaveAnythingInIt() {
        ProcessUsage.Cpu cpu =
                ProcessUsage.parseStat(
                        "42 (a b) c) 7) S 1 42 42 0 -1 4194304 100 0 0 0 1250 575 0 0 20 0 1 0");
        assertThat(cpu).isEqualTo(new ProcessUsage.Cpu(12.5, 5.75));
        assertThat(cpu.total()).isEqualTo(18.25);
        assertThat(cpu.minus(new ProcessUsage.Cpu(2.5, 0.75)))
                .isEqualTo(new ProcessUsage.Cpu(10, 5));
    }

    @Test
    void mappingsHaveTheirNameSizeAndShare() {
        List<String> smaps =
                List.of(
                        "7f0000000000-7f0020000000 rw-s 00000000 00:01 99    /memfd:guest-memory (deleted)",
                        "Size:             524288 kB",
                        "KernelPageSize:        4 kB",
                        "Rss:              100000 kB",
                        "Pss:               99999 kB",
                        "Pss_Dirty:         99999 kB",
                        "Anonymous:             7 kB",
                        "VmFlags: rd wr sh",
                        "7f0020000000-7f0020001000 rw-p 00000000 00:00 0 ",
                        "Size:                  4 kB",
                        "Pss:                   3 kB",
                        "Anonymous:             2 kB");
        assertThat(ProcessUsage.parseSmaps(smaps))
                .containsExactly(
                        new ProcessUsage.MemoryMapping("/memfd:guest-memory", 524288, 99999, 7),
                        new ProcessUsage.MemoryMapping("", 4, 3, 2));
    }

    @Test
    void theHostSaysWhatItHasLeft() throws Exception {
        assertThat(
                        HostState.parseAvailable(
                                List.of("MemTotal:  16 kB", "MemAvailable:        2048 kB")))
                .isEqualTo(2 << 20);
        assertThat(HostState.spare(0)).isZero();
        assertThat(HostState.available()).isPositive();
    }

    @Test
    void thisProcessCanBeMeasured() throws Exception {
        assertThat(ProcessUsage.cpu(ProcessHandle.current()).total()).isPositive();
        assertThat(ProcessUsage.memoryBesideGuests(ProcessHandle.current(), 512 * 1024))
                .isBetween(10_000L, 8_000_000L);
    }
}
