package dev.microsandbox.vmm.cgroup;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Makes groups below this process's own group, where it may. Thread-safe.
 *
 * <p>The hierarchies of version 1 are used where they exist. There, all groups of a process are in
 * one of its own, so that the low weight of a busy machine counts among the machines of one server,
 * and not against all else on the host. In the unified hierarchy, a group can have processes or
 * limited children, not both. So this process first moves into a child itself, unless the children
 * are to have threads of it, and it does so only if no unrelated process is in its group.
 */
public final class ControlGroups {

    private static final String PREFIX = "microsandbox-";

    /** In microseconds: the kernel's own default. */
    private static final int PERIOD = 100_000;

    /** What may be in the group of a server beside it, because it starts the server. */
    private static final Set<String> STARTERS = Set.of("msb-launch", "tini");

    private final Hierarchies own;
    private final Path proc;
    private final AtomicLong made = new AtomicLong();

    /** Whether the unified hierarchy is ready for groups of processes. Guarded by this object. */
    private boolean ready;

    ControlGroups(Hierarchies own, Path proc) {
        this.own = own;
        this.proc = proc;
    }

    /**
     * The groups of this process. Removes the empty groups that a killed server has left there.
     *
     * @throws IOException if /proc cannot be read
     */
    public static ControlGroups ofThisProcess() throws IOException {
        Path proc = Path.of("/proc");
        Hierarchies own =
                Hierarchies.of(
                        Files.readAllLines(proc.resolve("self/mountinfo")),
                        Files.readAllLines(proc.resolve("self/cgroup")));
        own.version1().replaceAll((_, directory) -> writable(directory));
        ControlGroups groups = new ControlGroups(own, proc);
        groups.sweep();
        return groups;
    }

    /**
     * Where to make groups: in the root of a hierarchy, that takes capabilities. The script that
     * starts a server without any has made a directory there.
     */
    private static Path writable(Path directory) {
        Path inside = directory.resolve("microsandbox");
        return !Files.isWritable(directory) && Files.isWritable(inside) ? inside : directory;
    }

    /**
     * Makes a group for a process.
     *
     * @throws IOException if no controller lets this process make groups; says why
     */
    public MachineGroup forProcess(GroupLimits limits) throws IOException {
        return make(limits, EnumSet.allOf(Controller.class), false);
    }

    /**
     * Makes a group for threads of this process, which only the processor's controller can limit.
     *
     * @throws IOException if that controller does not let this process make groups; says why
     */
    public MachineGroup forThreads(GroupLimits limits) throws IOException {
        return make(limits, EnumSet.of(Controller.CPU), true);
    }

    private MachineGroup make(GroupLimits limits, Set<Controller> wanted, boolean threads)
            throws IOException {
        String server = PREFIX + ProcessHandle.current().pid();
        String name = server + "-" + made.incrementAndGet();
        IOException refusal = null;
        Map<Controller, Path> directories = new EnumMap<>(Controller.class);
        for (Controller controller : wanted) {
            Path parent = own.version1().get(controller);
            if (parent == null) {
                continue;
            }
            try {
                Path all = parent.resolve(server);
                if (!Files.isDirectory(all)) {
                    Files.createDirectories(all);
                }
                Path directory = Files.createDirectory(all.resolve(name));
                directories.put(controller, directory);
                limit(directory, controller, limits, false);
            } catch (IOException e) {
                refusal = e;
                discard(directories.remove(controller));
            }
        }
        if (!directories.isEmpty()) {
            return new MachineGroup(directories, false);
        }
        if (refusal != null) {
            throw refusal;
        }
        return unified(name, limits, wanted, threads);
    }

    private synchronized MachineGroup unified(
            String name, GroupLimits limits, Set<Controller> wanted, boolean threads)
            throws IOException {
        Path parent = own.version2();
        if (parent == null) {
            throw new IOException("no hierarchy of control groups is mounted");
        }
        Set<Controller> available = EnumSet.noneOf(Controller.class);
        List<String> names = List.of(GroupFile.words(parent.resolve("cgroup.controllers")));
        for (Controller each : wanted) {
            if (names.contains(each.kernelName())) {
                available.add(each);
            }
        }
        if (available.isEmpty()) {
            throw new IOException(parent + " has none of the controllers " + wanted);
        }
        if (!ready) {
            List<String> processes = processes(parent);
            if (!threads) {
                Path server = parent.resolve(PREFIX + ProcessHandle.current().pid() + "-server");
                Files.createDirectory(server);
                for (String process : processes) {
                    GroupFile.write(server.resolve("cgroup.procs"), process);
                }
            }
            for (Controller each : available) {
                GroupFile.write(parent.resolve("cgroup.subtree_control"), "+" + each.kernelName());
            }
            ready = true;
        }
        Path directory = Files.createDirectory(parent.resolve(name));
        try {
            if (threads) {
                GroupFile.write(directory.resolve("cgroup.type"), "threaded");
            }
            Map<Controller, Path> directories = new EnumMap<>(Controller.class);
            for (Controller each : available) {
                limit(directory, each, limits, true);
                directories.put(each, directory);
            }
            return new MachineGroup(directories, true);
        } catch (IOException e) {
            discard(directory);
            throw e;
        }
    }

    /** The processes of a group, all of which belong to this server. */
    private List<String> processes(Path group) throws IOException {
        List<String> processes = Files.readAllLines(group.resolve("cgroup.procs"));
        String self = Long.toString(ProcessHandle.current().pid());
        for (String process : processes) {
            String program =
                    process.equals(self)
                            ? ""
                            : Files.readString(proc.resolve(process).resolve("comm")).strip();
            if (!program.isEmpty() && !STARTERS.contains(program)) {
                throw new IOException(
                        "the group of this process, %s, is not its own: process %s (%s) is in it. Start the server in a group of its own, such as a systemd unit with Delegate=yes"
                                .formatted(group, process, program));
            }
        }
        return processes;
    }

    private static void limit(
            Path directory, Controller controller, GroupLimits limits, boolean unified)
            throws IOException {
        switch (controller) {
            case CPU -> {
                long quota = (long) limits.processors() * PERIOD;
                if (unified) {
                    GroupFile.write(directory.resolve("cpu.max"), quota + " " + PERIOD);
                } else {
                    GroupFile.write(
                            directory.resolve("cpu.cfs_period_us"), Integer.toString(PERIOD));
                    GroupFile.write(directory.resolve("cpu.cfs_quota_us"), Long.toString(quota));
                }
            }
            case MEMORY ->
                    GroupFile.write(
                            directory.resolve(unified ? "memory.max" : "memory.limit_in_bytes"),
                            Long.toString(limits.memoryBytes()));
            case PIDS ->
                    GroupFile.write(
                            directory.resolve("pids.max"), Integer.toString(limits.tasks()));
        }
    }

    /** Removes the empty groups of servers that have ended. */
    void sweep() {
        own.version1().values().forEach(this::sweep);
        if (own.version2() != null) {
            sweep(own.version2());
        }
    }

    private void sweep(Path parent) {
        try (DirectoryStream<Path> groups = Files.newDirectoryStream(parent, PREFIX + "*")) {
            for (Path group : groups) {
                String process =
                        group.getFileName().toString().substring(PREFIX.length()).split("-", 2)[0];
                if (!process.isEmpty() && !Files.exists(proc.resolve(process))) {
                    sweep(group);
                    boolean _ = MachineGroup.remove(group);
                }
            }
        } catch (IOException | java.nio.file.DirectoryIteratorException e) {
            // Groups that cannot be listed cannot be made either, which is said then.
            return;
        }
    }

    private static void discard(@Nullable Path directory) {
        if (directory != null) {
            boolean _ = MachineGroup.remove(directory);
        }
    }
}
