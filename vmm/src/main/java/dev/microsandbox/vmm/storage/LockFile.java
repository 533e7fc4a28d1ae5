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
 * A lock on a file, held by one owner exclusively or shared by several. It is released by {@link
 * #close}, or by the kernel when its process ends for any reason. Owners within one process exclude
 * each other just as owners in different processes do.
 *
 * <p>The lock is a POSIX record lock (fcntl(2)), as in every release of this software. It belongs
 * to the process, and closing any descriptor of the file releases it. So lock files must be opened
 * only through this class, and a file that is opened for another purpose must not be locked.
 *
 * <p>The exclusive owner may delete the lock file. Whoever waits for it then creates a new one.
 *
 * <p>Thread-safe. A thread that holds a lock must not wait for the same lock.
 */
public final class LockFile implements AutoCloseable {

    /** The pause between two attempts to take a lock that another process holds. */
    private static final long FIRST_PAUSE_MILLIS = 5;

    private static final long LONGEST_PAUSE_MILLIS = 200;

    private static final long REPORTED_AFTER_MILLIS = 50;

    private final HeldLock held;
    private boolean closed;

    private LockFile(HeldLock held) {
        this.held = held;
    }

    /**
     * Takes a lock exclusively.
     *
     * @param file created, accessible only to its owner, if it is missing; its directory must exist
     * @param patience how long to wait while others hold the lock
     * @return empty if others still hold it
     * @throws InterruptedIOException if interrupted while waiting
     */
    public static Optional<LockFile> tryExclusive(Path file, Duration patience) throws IOException {
        return interruptible(file, HeldLock.Kind.EXCLUSIVE, true, patience);
    }

    /**
     * Takes a lock that others may share, for example for a file that must not be removed while it
     * is in use. An existing file only needs to be readable.
     *
     * @param file created, accessible only to its owner, if it is missing; its directory must exist
     * @param patience how long to wait while another holds the lock exclusively
     * @return empty if it is still held
     * @throws InterruptedIOException if interrupted while waiting
     */
    public static Optional<LockFile> tryShared(Path file, Duration patience) throws IOException {
        return interruptible(file, HeldLock.Kind.SHARED, true, patience);
    }

    /** Work to do while nobody else holds a lock. */
    @FunctionalInterface
    public interface Work<T> {
        Optional<T> run() throws IOException;
    }

    /**
     * Does some work while holding a lock exclusively and briefly. Other owners in this process
     * wait for the work to end, however long it takes.
     *
     * @param file is not created if it is missing
     * @param patience how long to wait while another process holds the lock
     * @return the work's result; also empty if an owner in this process holds the lock, if another
     *     process still holds it, or if the file does not exist
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
     * Takes the lock of an existing file exclusively, without waiting for other processes.
     *
     * @throws NoSuchFileException if there is no such file
     */
    static Optional<LockFile> tryExisting(Path file) throws IOException {
        return interruptible(file, HeldLock.Kind.BRIEF, false, Duration.ZERO);
    }

    /**
     * Takes a lock exclusively and waits without limit.
     *
     * @param waiting called once if the wait takes noticeable time, with the id of the process that
     *     holds the lock: this process's id if another owner in it does, 0 if unknown
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
                    // A release in this process is notified; one in another process has to be
                    // polled for.
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
                // Another owner created it at the same moment.
            }
        }
        try {
            return HeldLock.attempt(file, kind);
        } catch (NoSuchFileException e) {
            if (make && !Files.isSymbolicLink(file)) {
                // The owner deleted it at the same moment.
                return HeldLock.OF_ANOTHER_PROCESS;
            }
            throw e;
        }
    }

    /**
     * Writes this process's id for the message of those who wait. The content has no other meaning;
     * whether the file is locked does not depend on it.
     */
    private void writeOwner() throws IOException {
        String pid = Long.toString(ProcessHandle.current().pid());
        try {
            channel().truncate(0);
            channel().write(ByteBuffer.wrap(pid.getBytes(StandardCharsets.US_ASCII)), 0);
        } catch (ClosedChannelException e) {
            // An interrupt closed the channel, and the lock is gone with it.
            throw e;
        } catch (IOException e) {
            // The disk is full, for example. Others then wait for a process that they cannot name.
        }
    }

    /** The locked file, to write to it while it is locked. Only for an exclusive lock. */
    FileChannel channel() {
        return held.channel();
    }

    /** Releases the lock. Idempotent. */
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
