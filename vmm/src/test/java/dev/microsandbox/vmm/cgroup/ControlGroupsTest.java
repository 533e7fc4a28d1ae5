package dev.microsandbox.vmm.cgroup;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Groups of the real kernel where this host lets the test make them, and their files in a directory
 * for the version that this host does not use.
 */
@Timeout(60)
class ControlGroupsTest {

    private static final GroupLimits LIMITS = new GroupLimits(64 << 20, 2, 7);

    @TempDir Path directory;

    private static ControlGroups real() throws IOException {
        ControlGroups groups = ControlGroups.ofThisProcess();
        try (MachineGroup _ = groups.forProcess(LIMITS)) {
            return groups;
        } catch (IOException e) {
            assumeTrue(false, "skipped: this host lets this process make no groups: " + e);
            throw e;
        }
    }

    @Test
    void theKernelHoldsAProcessToItsLimits() throws Exception {
        ControlGroups groups = real();
        Process shell = new ProcessBuilder("/bin/sh").redirectErrorStream(true).start();
        try (MachineGroup group = groups.forProcess(LIMITS)) {
            assumeTrue(
                    group.controllers().contains(Controller.PIDS),
                    "skipped: no group of this process limits its processes");
            group.addProcess(shell.pid());
            assertThat(Files.readString(Path.of("/proc/" + shell.pid() + "/cgroup")))
                    .contains("microsandbox-" + ProcessHandle.current().pid());
            try (var in = shell.outputWriter()) {
                in.write("for i in 1 2 3 4 5 6 7 8 9; do sleep 5 & done; echo all\n");
            }
            String said = new String(shell.getInputStream().readAllBytes(), UTF_8);
            assertThat(said).containsIgnoringCase("fork").doesNotContain("all");
        } finally {
            shell.descendants().forEach(ProcessHandle::destroyForcibly);
            shell.destroyForcibly().waitFor();
        }
    }

    @Test
    void anEmptyGroupIsRemovedAtItsEndAndALeftOverAtTheNextStart() throws Exception {
        real();
        List<Path> own =
                Hierarchies.of(
                                Files.readAllLines(Path.of("/proc/self/mountinfo")),
                                Files.readAllLines(Path.of("/proc/self/cgroup")))
                        .version1()
                        .values()
                        .stream()
                        .filter(Files::isWritable)
                        .toList();
        assumeTrue(!own.isEmpty(), "skipped: no hierarchy of version 1");
        String left = "microsandbox-4194305"; // above the greatest process id of Linux
        for (Path each : own) {
            Files.createDirectories(each.resolve(left).resolve(left + "-1"));
        }
        ControlGroups groups = ControlGroups.ofThisProcess();
        for (Path each : own) {
            assertThat(each.resolve(left)).doesNotExist();
        }
        MachineGroup group = groups.forProcess(LIMITS);
        assertThat(ours(own)).hasSize(group.controllers().size());
        group.close();
        assertThat(ours(own)).isEmpty();
    }

    /** The groups of this process, which are in one of its own. */
    private static List<Path> ours(List<Path> parents) throws IOException {
        List<Path> found = new ArrayList<>();
        for (Path parent : parents) {
            try (var each =
                    Files.newDirectoryStream(
                            parent.resolve("microsandbox-" + ProcessHandle.current().pid()),
                            "microsandbox-*")) {
                each.forEach(found::add);
            }
        }
        return found;
    }

    @Test
    void ownGroupsAreFoundInBothVersionsAndInAContainer() {
        List<String> mounts =
                List.of(
                        "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755",
                        "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct",
                        "35 31 0:32 /docker/7f /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory",
                        "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw");
        List<String> groups =
                List.of(
                        "4:memory:/docker/7f",
                        "2:cpu,cpuacct:/user",
                        "1:name=systemd:/",
                        "0::/a/b");
        Hierarchies found = Hierarchies.of(mounts, groups);
        assertThat(found.version1())
                .isEqualTo(
                        Map.of(
                                Controller.CPU, Path.of("/sys/fs/cgroup/cpu,cpuacct/user"),
                                Controller.MEMORY, Path.of("/sys/fs/cgroup/memory")));
        assertThat(found.version2()).isEqualTo(Path.of("/sys/fs/cgroup/unified/a/b"));
    }

    @Test
    void aGroupWithOtherProcessesIsLeftAlone() throws Exception {
        Path proc = proc("msb-launch", "java");
        Path own = unified("cpu memory pids", "71\n72\n");
        ControlGroups groups = new ControlGroups(new Hierarchies(Map.of(), own), proc);
        assertThatIOException()
                .as("another process is there")
                .isThrownBy(() -> groups.forProcess(LIMITS))
                .withMessageContaining("process 72 (java) is in it")
                .withMessageContaining("Delegate=yes");
    }

    @Test
    void withoutAHierarchyItSaysSo() {
        ControlGroups groups = new ControlGroups(new Hierarchies(Map.of(), null), directory);
        assertThatIOException()
                .isThrownBy(() -> groups.forProcess(LIMITS))
                .withMessageContaining("no hierarchy");
    }

    @Test
    void aGroupThatMayNotBeMadeIsAReason() throws Exception {
        Path file = Files.createFile(directory.resolve("read-only"));
        ControlGroups groups =
                new ControlGroups(
                        new Hierarchies(Map.of(Controller.CPU, file.resolve("cpu")), null),
                        directory);
        assertThatIOException().isThrownBy(() -> groups.forThreads(LIMITS));
    }

    @Test
    void sharesAreWeightsInTheUnifiedHierarchy() {
        assertThat(MachineGroup.weight(MachineGroup.ORDINARY_SHARES)).isEqualTo(100);
        assertThat(MachineGroup.weight(15)).isEqualTo(1);
        assertThat(MachineGroup.weight(2)).isEqualTo(1);
    }

    private Path proc(String... programs) throws IOException {
        Path proc = Files.createDirectory(directory.resolve("proc"));
        int process = 71;
        for (String program : programs) {
            Path one = Files.createDirectory(proc.resolve(Integer.toString(process++)));
            Files.writeString(one.resolve("comm"), program + "\n");
        }
        return proc;
    }

    private Path unified(String controllers, String processes) throws IOException {
        Path own = Files.createDirectory(directory.resolve("own"));
        Files.writeString(own.resolve("cgroup.controllers"), controllers + "\n");
        Files.writeString(own.resolve("cgroup.procs"), processes);
        Files.createFile(own.resolve("cgroup.subtree_control"));
        return own;
    }
}
