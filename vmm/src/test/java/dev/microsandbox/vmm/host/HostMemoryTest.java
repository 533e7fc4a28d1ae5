package dev.microsandbox.vmm.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The host's memory, and the limits of control groups. */
class HostMemoryTest {

    private static final long GIB = 1L << 30;

    @TempDir Path directory;

    @BeforeEach
    void aHostWithSixteenGibibytes() throws IOException {
        write("proc/meminfo", "MemTotal:       16777216 kB\nMemFree:         1000 kB\n");
    }

    private void write(String file, String text) throws IOException {
        Path path = directory.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    private long read() {
        return new HostMemory(directory.resolve("proc"), directory.resolve("cgroup")).read();
    }

    @Test
    void withoutALimitItIsTheHosts() {
        assertThat(read()).isEqualTo(16 * GIB);
    }

    @Test
    void aContainersLimitInItsOwnNamespace() throws IOException {
        write("proc/self/cgroup", "0::/\n");
        write("cgroup/memory.max", "8589934592\n");
        assertThat(read()).isEqualTo(8 * GIB);
    }

    @Test
    void aLimitOfAGroupAbove() throws IOException {
        write("proc/self/cgroup", "0::/system.slice/msb.service\n");
        write("cgroup/system.slice/memory.max", "4294967296\n");
        write("cgroup/system.slice/msb.service/memory.max", "max\n");
        assertThat(read()).isEqualTo(4 * GIB);
    }

    @Test
    void version1() throws IOException {
        write("proc/self/cgroup", "5:cpu,cpuacct:/x\n4:memory:/docker/abc\n0::/\n");
        write("cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        write("cgroup/memory/docker/abc/memory.limit_in_bytes", "2147483648\n");
        assertThat(read()).isEqualTo(2 * GIB);
    }

    @Test
    void aGroupThatThisNamespaceDoesNotShow() throws IOException {
        write("proc/self/cgroup", "4:memory:/docker/abc\n");
        write("cgroup/memory/memory.limit_in_bytes", "2147483648\n");
        assertThat(read()).isEqualTo(2 * GIB);
    }

    @Test
    void nonsenseIsNoLimit() throws IOException {
        write("proc/self/cgroup", "0::/\nx\n:::\n");
        write("cgroup/memory.max", "plenty\n");
        assertThat(read()).isEqualTo(16 * GIB);
    }

    @Test
    void aHostThatDoesNotSay() throws IOException {
        Files.delete(directory.resolve("proc/meminfo"));
        assertThat(read()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void thisHostsIsPlausible() {
        assertThat(HostMemory.bytes()).isBetween(64L << 20, 1L << 50);
    }
}
