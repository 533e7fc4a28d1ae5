package dev.microsandbox.vmm.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A lock that this process holds. There is one per file, keyed by the file's identity rather than
 * its path, because opening a locked file again and closing it would release the lock. Callers hold
 * {@link #MONITOR}, except for {@link #ownerOf}, which takes it.
 */
final class HeldLock {

    /** How a lock is held. */
    enum Kind {
        EXCLUSIVE,
        SHARED,
        /**
         * Exclusive, and held so briefly that other owners in this process wait for its release.
         */
        BRIEF
    }

    /**
     * The result of trying to take a lock.
     *
     * @param taken the lock; null if others hold it
     * @param inTheWay this process's lock that conflicts; null if another process holds the lock
     */
    record Attempt(@Nullable HeldLock taken, @Nullable HeldLock inTheWay) {}

    /** Guards all locks of this process. It is notified when one is released. */
    static final Object MONITOR = new Object();

    private static final int PID_DIGITS = 20;

    static final Attempt OF_ANOTHER_PROCESS = new Attempt(null, null);

    private static final Map<Object, HeldLock> HELD = new HashMap<>();

    private final Object identity;
    private final FileChannel channel;
    private final Kind kind;
    private int owners = 1;

    private HeldLock(Object identity, FileChannel channel, Kind kind) {
        this.identity = identity;
        this.channel = channel;
        this.kind = kind;
    }

    /**
     * Tries to take the lock of a file.
     *
     * @throws NoSuchFileException if there is no such file
     */
    static Attempt attempt(Path file, Kind kind) throws IOException {
        Object identity = identity(file);
        HeldLock held = HELD.get(identity);
        if (held != null) {
            if (held.kind == Kind.SHARED && kind == Kind.SHARED) {
                held.owners++;
                return new Attempt(held, null);
            }
            return new Attempt(null, held);
        }
        boolean shared = kind == Kind.SHARED;
        FileChannel channel = FileChannel.open(file, options(shared));
        HeldLock taken = null;
        try {
            // The former owner may have deleted the file before this process locked it.
            if (channel.tryLock(0, Long.MAX_VALUE, shared) != null && isStill(file, identity)) {
                taken = new HeldLock(identity, channel, kind);
                HELD.put(identity, taken);
                return new Attempt(taken, null);
            }
            return OF_ANOTHER_PROCESS;
        } finally {
            if (taken == null) {
                channel.close();
            }
        }
    }

    private static Set<OpenOption> options(boolean shared) {
        return shared
                ? Set.of(StandardOpenOption.READ)
                : Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    private static Object identity(Path file) throws IOException {
        return Objects.requireNonNull(
                Files.readAttributes(file, BasicFileAttributes.class).fileKey(),
                "files of Linux have a device and an inode");
    }

    private static boolean isStill(Path file, Object identity) throws IOException {
        try {
            return identity(file).equals(identity);
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    /** The id of the process that holds a lock, if it wrote its id into the file; otherwise 0. */
    static long ownerOf(Path file) throws IOException {
        synchronized (MONITOR) {
            try {
                if (HELD.containsKey(identity(file))) {
                    return ProcessHandle.current().pid();
                }
                ByteBuffer text = ByteBuffer.allocate(PID_DIGITS);
                try (FileChannel channel = FileChannel.open(file)) {
                    int length = Math.max(0, channel.read(text));
                    return Long.parseLong(
                            new String(text.array(), 0, length, StandardCharsets.US_ASCII));
                }
            } catch (NoSuchFileException | NumberFormatException e) {
                return 0;
            }
        }
    }

    boolean isBrief() {
        return kind == Kind.BRIEF;
    }

    FileChannel channel() {
        return channel;
    }

    /** Releases it for one of its owners. The last one gives up the file's lock. */
    void release() throws IOException {
        owners--;
        if (owners == 0) {
            HELD.remove(identity);
            MONITOR.notifyAll();
            channel.close();
        }
    }
}
