package dev.microsandbox.vmm.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The right to change a store, held by one thread of one process at a time. Linux gives it back
 * when the process ends, however it ends.
 */
final class StoreLock implements AutoCloseable {

    private static final long POLL_MILLIS = 200;

    /** File locks are the process's: its threads need a lock of their own. */
    private static final ConcurrentMap<Path, ReentrantLock> THREADS = new ConcurrentHashMap<>();

    private final ReentrantLock threads;
    private final FileChannel channel;

    private StoreLock(ReentrantLock threads, FileChannel channel) {
        this.threads = threads;
        this.channel = channel;
    }

    /** Waits for the lock, and says so where that takes time. */
    static StoreLock acquire(Path file, Progress progress)
            throws IOException, InterruptedException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        ReentrantLock threads =
                THREADS.computeIfAbsent(file.toAbsolutePath(), path -> new ReentrantLock());
        if (!threads.tryLock()) {
            progress.report("Waiting for another build in this process");
            threads.lockInterruptibly();
        }
        FileChannel channel = null;
        try {
            channel =
                    FileChannel.open(
                            file,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.READ,
                            StandardOpenOption.WRITE);
            lock(channel, progress);
            writeOwner(channel);
            return new StoreLock(threads, channel);
        } catch (Throwable e) {
            if (channel != null) {
                channel.close();
            }
            threads.unlock();
            throw e;
        }
    }

    private static void lock(FileChannel channel, Progress progress)
            throws IOException, InterruptedException {
        boolean told = false;
        while (channel.tryLock() == null) {
            if (!told) {
                progress.report("Waiting for " + owner(channel) + ", which is building images");
                told = true;
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
    }

    /** For the message of those who wait. The lock itself is not in what the file says. */
    private static void writeOwner(FileChannel channel) throws IOException {
        String pid = Long.toString(ProcessHandle.current().pid());
        channel.truncate(0);
        channel.write(ByteBuffer.wrap(pid.getBytes(StandardCharsets.US_ASCII)), 0);
    }

    private static String owner(FileChannel channel) throws IOException {
        ByteBuffer text = ByteBuffer.allocate(20);
        int length = channel.read(text, 0);
        return length > 0
                ? "process " + new String(text.array(), 0, length, StandardCharsets.US_ASCII)
                : "another process";
    }

    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            threads.unlock();
        }
    }
}
