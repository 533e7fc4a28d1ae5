package dev.microsandbox.vmm.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/**
 * Keeps a thread that works for one guest within a share of a processor, so that a guest that makes
 * its devices or its reader work without pause slows itself down and not the others. A thread may
 * use what nobody else wants: it pauses only while threads wait for processors. For one platform
 * thread.
 */
public final class ProcessorShare {

    /** The kernel's record of this thread: time that it ran, time that it waited, both in ns. */
    private static final Path USE = Path.of("/proc/thread-self/schedstat");

    private static final long CHECK_NANOS = 20_000_000;

    private final Path record;
    private final ShareBudget budget = new ShareBudget();
    private long lastCheck = System.nanoTime();

    public ProcessorShare() {
        this(USE);
    }

    /**
     * @param record of the thread's use, in the form of the kernel's
     */
    ProcessorShare(Path record) {
        this.record = record;
    }

    /** Pauses if the thread has used more than its share. Call it between two pieces of work. */
    public void pace() {
        long now = System.nanoTime();
        if (now - lastCheck < CHECK_NANOS) {
            return;
        }
        lastCheck = now;
        try {
            String[] use = Files.readString(record, StandardCharsets.US_ASCII).split(" ", 3);
            long pause = budget.pause(Long.parseLong(use[0]), Long.parseLong(use[1]), now);
            if (pause > 0) {
                LockSupport.parkNanos(pause);
            }
        } catch (IOException | NumberFormatException | ArrayIndexOutOfBoundsException e) {
            // A kernel without this record shares its processors evenly between threads.
        }
    }
}
