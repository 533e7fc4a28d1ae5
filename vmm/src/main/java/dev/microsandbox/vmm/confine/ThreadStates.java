package dev.microsandbox.vmm.confine;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * What the kernel says about the confinement of a process's threads. Each of these belongs to a
 * thread, so a process is as confined as the least confined of its threads.
 *
 * @param threads how many threads the process has
 * @param capabilities the effective capabilities of all threads together: linux/capability.h
 * @param noNewPrivs whether no thread can gain privileges by executing a program
 * @param filtered whether all threads have a filter of system calls
 */
public record ThreadStates(int threads, long capabilities, boolean noNewPrivs, boolean filtered) {

    /** SECCOMP_MODE_FILTER: linux/seccomp.h. */
    private static final long FILTER = 2;

    private static final int HEXADECIMAL = 16;

    /** The threads of this process. */
    public static ThreadStates ofThisProcess() throws IOException {
        return of(Path.of("/proc/self"));
    }

    /**
     * The threads of a process.
     *
     * @throws IOException if there is no such process, or this one may not see it
     */
    public static ThreadStates of(long process) throws IOException {
        return of(Path.of("/proc", Long.toString(process)));
    }

    private static ThreadStates of(Path process) throws IOException {
        int threads = 0;
        long capabilities = 0;
        boolean noNewPrivs = true;
        boolean filtered = true;
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(process.resolve("task"))) {
            for (Path task : tasks) {
                String status = status(task);
                if (status.isEmpty()) {
                    continue;
                }
                threads++;
                capabilities |= Long.parseUnsignedLong(value(status, "CapEff"), HEXADECIMAL);
                noNewPrivs &= value(status, "NoNewPrivs").equals("1");
                filtered &= Long.parseLong(value(status, "Seccomp")) == FILTER;
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        if (threads == 0) {
            throw new NoSuchFileException(process + " has no threads");
        }
        return new ThreadStates(threads, capabilities, noNewPrivs, filtered);
    }

    /** Returns nothing if the thread has ended meanwhile. */
    private static String status(Path task) throws IOException {
        try {
            return Files.readString(task.resolve("status"));
        } catch (IOException e) {
            if (Files.exists(task)) {
                throw e;
            }
            return "";
        }
    }

    private static String value(String status, String key) throws IOException {
        for (String line : status.split("\n", -1)) {
            if (line.startsWith(key + ":")) {
                return line.substring(key.length() + 1).strip();
            }
        }
        throw new IOException("the kernel does not say " + key + " in /proc/PID/task/TID/status");
    }
}
