package dev.microsandbox.vmm.storage;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * A lock that is a file: one owner has it exclusively, or several share it. It is released by
 * {@link #close}, or by the kernel when its process ends, however that ends. Owners within one
 * process exclude each other as those of several processes do.
 *
 * <p>The lock is POSIX's (fcntl), as in every release of this software. It belongs to the process,
 * and closing any descriptor of the file releases it: whoever uses lock files opens them through
 * this class only, and locks no file that is opened for another purpose.
 *
 * <p>A lock file may be deleted by its exclusive owner; who waits for it then makes a new one.
 *
 * <p>Thread-safe. A thread that has a lock must not wait for it again.
 */
public final class LockFile implements AutoCloseable {

    /** Between two looks at a lock that another process has. */
    private static final long FIRST_PAUSE_MILLIS = 5;

    private static final long LONGEST_PAUSE_MILLIS = 200;

    private static final long REPORTED_AFTER_MILLIS = 50;

    private final HeldLock held;
    private boolean closed;

    private LockFile(HeldLock held) {
        this.held = held;
    }

    /**
     * Takes a lock for this owner alone.
     *
     * @param file made if it is missing, for its owner alone; its directory exists
     * @param patience how long to wait for others that have the lock
     * @return empty if others have it still
     * @throws InterruptedIOException if interrupted while waiting
     */
    public static Optional<LockFile> tryExclusive(Path file, Duration patience) throws IOException {
        return interruptible(file, HeldLock.Kind.EXCLUSIVE, true, patience);
    }

    /**
     * Takes a lock that others may share, as for a file that must not be removed while it is in
     * use. A file that exists only needs to be readable.
     *
     * @param file made if it is missing, for its owner alone; its directory exists
     * @param patience how long to wait for another that has the lock exclusively
     * @return empty if it has it still
     * @throws InterruptedIOException if interrupted while waiting
     */
    public static Optional<LockFile> tryShared(Path file, Duration patience) throws IOException {
        return interruptible(file, HeldLock.Kind.SHARED, true, patience);
    }

    /** What is done while nobody has a lock. */
    @FunctionalInterface
    public interface Work<T> {
        Optional<T> run() throws IOException;
    }

    /**
     * Does something with a lock held for a moment. Other owners in this process wait for the end
     * of it, however long that takes.
     *
     * @param file not made
     * @param patience how long to wait for another process that has the lock
     * @return what the work gives; empty too if an owner in this process has the lock, another
     *     process has it still, or there is no such file
     * @throws InterruptedIOException if interrupted while waiting
     */
    public static <T> Optional<T> whileFree(Path file, Duration patience, Work<T> work)
            throws IOException {
        Optional<LockFile> lock;
        try {
            lock = interruptible(file, HeldLock.Kind.BRIEF, false, patience);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        try (LockFile taken = lock.orElse(null)) {
            return taken == null ? Optional.empty() : work.run();
        }
    }

    /**
     * Takes the lock of a file that exists for this owner alone, without waiting.
     *
     * @throws NoSuchFileException if there is no such file
     */
    static Optional<LockFile> tryExisting(Path file) throws IOException {
        return interruptible(file, HeldLock.Kind.BRIEF, false, Duration.ZERO);
    }

    /**
     * Takes a lock for this owner alone, and waits for it as long as it takes.
     *
     * @param waiting is told once, where that takes time, the process that has the lock: this one's
     *     number if it is another owner in it, 0 if it is not known
     */
    public static LockFile exclusive(Path file, LongConsumer waiting)
            throws IOException, InterruptedException {
        Duration patience = Duration.ofMillis(REPORTED_AFTER_MILLIS);
        Optional<LockFile> lock = take(file, HeldLock.Kind.EXCLUSIVE, true, patience);
        if (lock.isEmpty()) {
            waiting.accept(HeldLock.ownerOf(file));
        }
        while (lock.isEmpty()) {
            lock = take(file, HeldLock.Kind.EXCLUSIVE, true, Duration.ofDays(1));
        }
        LockFile taken = lock.get();
        try {
            taken.writeOwner();
            return taken;
        } catch (IOException | RuntimeException e) {
            taken.close();
            throw e;
        }
    }

    private static Optional<LockFile> interruptible(
            Path file, HeldLock.Kind kind, boolean make, Duration patience) throws IOException {
        try {
            return take(file, kind, make, patience);
        } catch (InterruptedException e) {
            throw new InterruptedIOException("interrupted");
        }
    }

    private static Optional<LockFile> take(
            Path file, HeldLock.Kind kind, boolean make, Duration patience)
            throws IOException, InterruptedException {
        long end = System.nanoTime() + patience.toNanos();
        long pause = FIRST_PAUSE_MILLIS;
        synchronized (HeldLock.MONITOR) {
            while (true) {
                HeldLock.Attempt attempt = attempt(file, kind, make);
                HeldLock taken = attempt.taken();
                if (taken != null) {
                    return Optional.of(new LockFile(taken));
                }
                HeldLock here = attempt.inTheWay();
                long left = Duration.ofNanos(end - System.nanoTime()).toMillis();
                if (here != null && here.isBrief()) {
                    HeldLock.MONITOR.wait();
                } else if (left <= 0 || (here != null && kind == HeldLock.Kind.BRIEF)) {
                    return Optional.empty();
                } else {
                    // Its end here is notified; in another process, it has to be looked for.
                    HeldLock.MONITOR.wait(Math.min(pause, left));
                    pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
                }
            }
        }
    }

    private static HeldLock.Attempt attempt(Path file, HeldLock.Kind kind, boolean make)
            throws IOException {
        if (make && !Files.exists(file)) {
            try {
                Files.createFile(file, Disk.OWNERS_FILE);
            } catch (FileAlreadyExistsException e) {
                // Made by another at this moment.
            }
        }
        try {
            return HeldLock.attempt(file, kind);
        } catch (NoSuchFileException e) {
            if (make && !Files.isSymbolicLink(file)) {
                // Deleted at this moment, by another that had it.
                return HeldLock.OF_ANOTHER_PROCESS;
            }
            throw e;
        }
    }

    /** For the message of those who wait. That it is locked is not in what the file says. */
    private void writeOwner() throws IOException {
        String pid = Long.toString(ProcessHandle.current().pid());
        try {
            channel().truncate(0);
            channel().write(ByteBuffer.wrap(pid.getBytes(StandardCharsets.US_ASCII)), 0);
        } catch (ClosedChannelException e) {
            // Interrupted: the lock is gone with the channel.
            throw e;
        } catch (IOException e) {
            // On a full disk, others wait for a process that they cannot name.
        }
    }

    /** The locked file, for who writes to it while it is locked. Not for one that is shared. */
    FileChannel channel() {
        return held.channel();
    }

    /** Releases it. Idempotent. */
    @Override
    public void close() throws IOException {
        synchronized (HeldLock.MONITOR) {
            if (!closed) {
                closed = true;
                held.release();
            }
        }
    }
}
