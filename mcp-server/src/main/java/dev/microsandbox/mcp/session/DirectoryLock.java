package dev.microsandbox.mcp.session;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * The lock of a session's directory, which the session has while it lives. The system gives it up
 * with the process that has it, however that ends.
 */
final class DirectoryLock implements AutoCloseable {

    /** The file that is locked. */
    static final String NAME = "lock";

    /** How long a lock is waited for: whoever looks for left-overs has it for a moment. */
    static final Duration PATIENCE = Duration.ofSeconds(2);

    private static final Duration PAUSE = Duration.ofMillis(10);

    /**
     * What is locked by this process; guards itself. A file that is locked must not be opened
     * again: closing that would give up the lock (POSIX, fcntl).
     */
    private static final Set<Path> HELD = new HashSet<>();

    private final Path directory;
    private final FileChannel channel;

    private DirectoryLock(Path directory, FileChannel channel) {
        this.directory = directory;
        this.channel = channel;
    }

    /**
     * Locks a directory, which is made where it is missing.
     *
     * @throws IOException if that cannot be done, or another has it
     */
    static DirectoryLock take(Path directory) throws IOException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            Optional<DirectoryLock> taken = tryTake(directory.toAbsolutePath().normalize());
            if (taken.isPresent()) {
                return taken.get();
            }
            if (System.nanoTime() > end) {
                throw new IOException("another process uses the session's directory");
            }
            pause();
        }
    }

    private static Optional<DirectoryLock> tryTake(Path directory) throws IOException {
        synchronized (HELD) {
            if (HELD.contains(directory)) {
                return Optional.empty();
            }
            PrivateFiles.directory(directory);
            Path file = directory.resolve(NAME);
            FileChannel channel = PrivateFiles.open(file);
            boolean taken = false;
            try {
                // Another process may have removed it, as left over, before it was locked.
                taken = channel.tryLock() != null && Files.exists(file);
                if (!taken) {
                    return Optional.empty();
                }
                HELD.add(directory);
                return Optional.of(new DirectoryLock(directory, channel));
            } finally {
                if (!taken) {
                    channel.close();
                }
            }
        }
    }

    /** What is done in a directory whose session does not live. */
    interface Look<T> {
        Optional<T> look() throws IOException;
    }

    /**
     * Looks into a directory unless its session lives, in this process or another one.
     *
     * @param patience how long to wait for another process that has the lock
     * @return empty too if its session lives, or it is no session's
     */
    static <T> Optional<T> ifFree(Path directory, Duration patience, Look<T> look)
            throws IOException {
        long end = System.nanoTime() + patience.toNanos();
        while (true) {
            synchronized (HELD) {
                if (HELD.contains(directory.toAbsolutePath().normalize())) {
                    return Optional.empty();
                }
                try (FileChannel channel =
                        FileChannel.open(directory.resolve(NAME), StandardOpenOption.WRITE)) {
                    if (channel.tryLock() != null) {
                        return look.look();
                    }
                } catch (NoSuchFileException e) {
                    return Optional.empty();
                }
            }
            if (System.nanoTime() >= end) {
                return Optional.empty();
            }
            pause();
        }
    }

    private static void pause() throws InterruptedIOException {
        try {
            Thread.sleep(PAUSE);
        } catch (InterruptedException e) {
            throw new InterruptedIOException("interrupted");
        }
    }

    @Override
    public void close() throws IOException {
        synchronized (HELD) {
            HELD.remove(directory);
            channel.close();
        }
    }
}
