package dev.microsandbox.vmm.cgroup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/**
 * The group of one machine: one directory for each hierarchy. Thread-safe, except that {@link
 * #close} must come last.
 */
public final class MachineGroup implements AutoCloseable {

    /** The weight of a group that competes for the processor like any other: cpu.shares. */
    public static final int ORDINARY_SHARES = 1024;

    /** How long the kernel may take to let go of a process that has ended. */
    private static final long PATIENCE_MILLIS = 2_000;

    private static final long PAUSE_MILLIS = 20;

    private final Map<Controller, Path> directories;
    private final boolean unified;

    /**
     * @param directories that exist
     * @param unified whether they are of version 2
     */
    MachineGroup(Map<Controller, Path> directories, boolean unified) {
        this.directories = Map.copyOf(directories);
        this.unified = unified;
    }

    /** The controllers that limit this group. */
    public Set<Controller> controllers() {
        return directories.keySet();
    }

    /** Whether its share of the processors can be set. */
    public boolean limitsProcessors() {
        return directories.containsKey(Controller.CPU);
    }

    /**
     * Moves a process with all of its threads into the group.
     *
     * @throws IOException if it has ended, or a controller refuses it
     */
    public void addProcess(long process) throws IOException {
        join("cgroup.procs", process);
    }

    /**
     * Moves a thread of this process into the group.
     *
     * @throws IOException if it has ended, or the controller refuses it
     */
    public void addThread(long thread) throws IOException {
        join(unified ? "cgroup.threads" : "tasks", thread);
    }

    private void join(String file, long id) throws IOException {
        for (Path directory : directories.values().stream().distinct().toList()) {
            GroupFile.write(directory.resolve(file), Long.toString(id));
        }
    }

    /**
     * Sets the group's share of a contended processor.
     *
     * @param shares relative to {@link #ORDINARY_SHARES}
     * @throws IOException if there is no such controller, or it refuses
     */
    public void setShares(int shares) throws IOException {
        Path directory = directories.get(Controller.CPU);
        if (directory == null) {
            throw new NoSuchFileException("no group limits the processor");
        }
        if (unified) {
            GroupFile.write(directory.resolve("cpu.weight"), Integer.toString(weight(shares)));
        } else {
            GroupFile.write(directory.resolve("cpu.shares"), Integer.toString(shares));
        }
    }

    /** The weight of version 2 (1 to 10,000, usually 100) that corresponds to shares. */
    static int weight(int shares) {
        return Math.clamp(Math.round(shares * 100.0 / ORDINARY_SHARES), 1, 10_000);
    }

    /**
     * Removes the group. Its processes or threads must have ended, which the kernel may take a
     * moment to notice. What cannot be removed is left to the next start of a server.
     */
    @Override
    public void close() {
        long end = System.nanoTime() + PATIENCE_MILLIS * 1_000_000;
        for (Path directory : directories.values()) {
            while (!remove(directory) && System.nanoTime() < end) {
                try {
                    Thread.sleep(PAUSE_MILLIS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return;
                }
            }
        }
    }

    /** Returns false if the directory is still in use. */
    static boolean remove(Path directory) {
        try {
            boolean _ = Files.deleteIfExists(directory);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
