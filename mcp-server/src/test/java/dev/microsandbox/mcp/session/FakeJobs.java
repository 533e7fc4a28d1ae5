package dev.microsandbox.mcp.session;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.microsandbox.vmm.ExecRequest;
import dev.microsandbox.vmm.Exit;
import dev.microsandbox.vmm.GuestException;
import dev.microsandbox.vmm.Job;
import dev.microsandbox.vmm.JobOutput;
import dev.microsandbox.vmm.SandboxJobs;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Jobs in memory. The test decides what they print and how they end. */
public final class FakeJobs implements SandboxJobs {

    private static final class Entry {
        private final String id;
        private final String label;
        private final ByteArrayOutputStream log = new ByteArrayOutputStream();
        private Exit exit = FakeSandbox.running();
        private boolean stopped;
        private boolean processesLeft;
        private long omittedTo;
        private long dropped;

        Entry(String id, String label) {
            this.id = id;
            this.label = label;
        }

        Job job() {
            Exit now =
                    new Exit(
                            exit.kind(),
                            exit.code(),
                            exit.timedOut(),
                            exit.memoryKills(),
                            exit.memoryVictim(),
                            exit.wallTime(),
                            log.size(),
                            0,
                            "/var/log/microsandbox/" + id + ".log");
            return new Job(
                    id,
                    label,
                    now,
                    Instant.parse("2026-01-01T00:00:00Z"),
                    stopped,
                    processesLeft,
                    omittedTo,
                    dropped);
        }
    }

    /** The commands that were started, in order. */
    public final List<ExecRequest> requests = new ArrayList<>();

    /** The arguments with which {@link #stop} was called. */
    public final List<Integer> signals = new ArrayList<>();

    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private Runnable onStop = () -> {};

    /** Sets an action to run when a job is stopped, such as {@link #end}. */
    public void onStop(Runnable action) {
        onStop = action;
    }

    public synchronized void print(String id, byte[] bytes) {
        find(id).log.writeBytes(bytes);
        notifyAll();
    }

    public void print(String id, String text) {
        print(id, text.getBytes(UTF_8));
    }

    public synchronized void end(String id, Exit exit) {
        find(id).exit = exit;
        notifyAll();
    }

    /** Marks that processes of the job are still running. */
    public synchronized void leaveProcesses(String id, boolean left) {
        find(id).processesLeft = left;
    }

    /** Drops the log up to an offset, as if it had been too long to keep. */
    public synchronized void omitTo(String id, long offset) {
        find(id).omittedTo = offset;
    }

    /** Reports that output was dropped because the disk was full. */
    public synchronized void drop(String id, long bytes) {
        find(id).dropped = bytes;
    }

    private Entry find(String id) {
        Entry entry = entries.get(id);
        if (entry == null) {
            throw new GuestException(GuestException.ESRCH, "there is no job " + id);
        }
        return entry;
    }

    @Override
    public synchronized String start(ExecRequest request, String label) {
        if (label.getBytes(UTF_8).length > MAX_LABEL) {
            throw new GuestException(GuestException.BAD_ARGUMENT, "label: longer than 200 bytes");
        }
        String id = "j%d-00ff".formatted(entries.size() + 1);
        requests.add(request);
        entries.put(id, new Entry(id, label));
        return id;
    }

    @Override
    public synchronized JobOutput read(String id, long offset, int most, Duration wait)
            throws InterruptedException {
        Entry entry = find(id);
        long deadline = System.nanoTime() + wait.toNanos();
        while (entry.log.size() <= offset && entry.exit.kind() == Exit.Kind.RUNNING) {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                break;
            }
            wait(left);
        }
        byte[] log = entry.log.toByteArray();
        boolean omitted = offset >= LOG_HEAD && offset < entry.omittedTo;
        long from = omitted ? entry.omittedTo : offset;
        long end = entry.omittedTo > 0 && from < LOG_HEAD ? LOG_HEAD : log.length;
        int length = (int) Math.max(0, Math.min(most, end - from));
        byte[] bytes = new byte[length];
        if (length > 0) {
            System.arraycopy(log, (int) from, bytes, 0, length);
        }
        return new JobOutput(entry.job(), from, bytes);
    }

    @Override
    public Job stop(String id, int signal) {
        synchronized (this) {
            Entry entry = find(id);
            signals.add(signal);
            entry.stopped = entry.exit.kind() == Exit.Kind.RUNNING || entry.processesLeft;
        }
        onStop.run();
        synchronized (this) {
            return find(id).job();
        }
    }

    @Override
    public synchronized List<Job> list() {
        return entries.values().stream().map(Entry::job).toList();
    }
}
