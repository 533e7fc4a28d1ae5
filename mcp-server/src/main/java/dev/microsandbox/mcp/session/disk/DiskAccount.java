package dev.microsandbox.mcp.session.disk;

import dev.microsandbox.mcp.session.limits.Denials;
import dev.microsandbox.mcp.session.limits.Quota;
import dev.microsandbox.mcp.session.limits.SessionException;
import dev.microsandbox.mcp.units.ByteSize;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The disk space of one namespace's states: checkpoints, suspended computers, forks that are being
 * made. It is measured on the disk each time, so it cannot differ from the truth. Room for a state
 * is reserved before the state is written. Without a quota, nothing is measured. Thread-safe.
 */
public final class DiskAccount {

    private static final Logger log = LoggerFactory.getLogger(DiskAccount.class);

    /** How long a state waits for others of its namespace that are being written. */
    static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final String SETTING = "quota.disk";

    private final Supplier<Quota> quotas;
    private final Denials denials;
    private final Path sessions;
    private final Checkpoints.DiskSpace space;

    /** Guarded by this. The directories of the namespace's sessions. */
    private final Set<Path> directories = new HashSet<>();

    /** Guarded by this. The bytes that are reserved for states that are being written. */
    private long reserved;

    private boolean foundEarlier;

    /**
     * @param quotas gives the limits in force, which may change
     * @param sessions the directory of all sessions
     */
    public DiskAccount(
            Supplier<Quota> quotas, Denials denials, Path sessions, Checkpoints.DiskSpace space) {
        this.quotas = quotas;
        this.denials = denials;
        this.sessions = sessions;
        this.space = space;
    }

    /** An account without a limit. */
    static DiskAccount unlimited(Path sessions) {
        return new DiskAccount(
                () -> Quota.NONE, new Denials("default", System::nanoTime), sessions, _ -> 0);
    }

    /** The most bytes that the state of a sandbox can take, by its memory. */
    public static long mostBytes(long memoryBytes) {
        // QEMU adds a few bytes to each page. The rest is for the state of the devices.
        return memoryBytes + memoryBytes / 64 + (16L << 20);
    }

    synchronized void add(Path directory) {
        directories.add(directory);
    }

    synchronized void remove(Path directory) {
        directories.remove(directory);
    }

    /**
     * Reserves room for a state. While other states of the namespace are being written, waits for
     * the rest of their reservations.
     *
     * @param bytes the most that the state can take
     * @throws SessionException if the quota has no room
     */
    synchronized Room reserve(long bytes) throws InterruptedException {
        Quota quota = quotas.get();
        if (!quota.limitsDisk()) {
            return new Room(0);
        }
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            long used = measured();
            if (bytes <= quota.diskBytes() - used - reserved) {
                reserved += bytes;
                return new Room(bytes);
            }
            long wait = end - System.nanoTime();
            if (reserved == 0 || bytes > quota.diskBytes() - used || wait <= 0) {
                throw full(used, bytes, quota);
            }
            TimeUnit.NANOSECONDS.timedWait(this, wait);
        }
    }

    private SessionException full(long used, long bytes, Quota quota) {
        return denials.of(
                SETTING,
                "%s of %s of disk in use for checkpoints and suspended computers, and this one may need %s while it is written"
                        .formatted(
                                ByteSize.inWords(used + reserved),
                                ByteSize.inWords(quota.diskBytes()),
                                ByteSize.inWords(bytes)),
                "Remove checkpoints with delete_checkpoint, end sessions that are needed no longer, or try again later.");
    }

    /** The limit and what is used of it, for people; empty if there is none. */
    public synchronized Optional<String> inWords() {
        Quota quota = quotas.get();
        if (!quota.limitsDisk()) {
            return Optional.empty();
        }
        String all = ByteSize.inWords(quota.diskBytes()) + " of disk";
        try {
            return Optional.of(ByteSize.inWords(measured()) + " of " + all);
        } catch (SessionException e) {
            return Optional.of("an unknown part of " + all);
        }
    }

    /** The bytes that are reserved for states that are being written. */
    public synchronized long reservedBytes() {
        return reserved;
    }

    /**
     * Measures the disk.
     *
     * @throws SessionException if that is not possible
     */
    private long measured() {
        findEarlier();
        List<Path> states = new ArrayList<>();
        try {
            for (Path directory : directories) {
                states.addAll(SessionDirectory.states(directory));
            }
            return space.of(states);
        } catch (IOException e) {
            log.warn(
                    "The disk use of namespace {} cannot be measured: {}",
                    denials.namespace(),
                    PrivateFiles.reason(e));
            throw new SessionException(
                    "Nothing can be saved now: the server cannot measure its disk, which its operator has to look after. Try again later.");
        }
    }

    /** Finds the sessions of the namespace that an earlier process kept. */
    private void findEarlier() {
        if (foundEarlier) {
            return;
        }
        foundEarlier = true;
        for (Path directory : Leftovers.in(sessions)) {
            SessionDirectory.namespace(directory)
                    .filter(denials.namespace()::equals)
                    .ifPresent(_ -> directories.add(directory));
        }
    }

    /** Room for one state. Close it when the state is written, or will not be. Thread-safe. */
    public final class Room implements AutoCloseable {

        private long bytes;

        private Room(long bytes) {
            this.bytes = bytes;
        }

        /**
         * Checks a state that has been written: it may contain more than was reserved, for example
         * the memory of a template that the namespace used for the first time.
         *
         * @throws SessionException if the state exceeds the quota; the caller must remove it
         */
        public void written() {
            Quota quota = quotas.get();
            if (!quota.limitsDisk()) {
                return;
            }
            synchronized (DiskAccount.this) {
                long used = measured();
                if (used > quota.diskBytes()) {
                    throw denials.of(
                            SETTING,
                            "%s of disk for checkpoints and suspended computers, and would have %s with this one"
                                    .formatted(
                                            ByteSize.inWords(quota.diskBytes()),
                                            ByteSize.inWords(used)),
                            "It was not saved. Remove checkpoints with delete_checkpoint, or end sessions that are needed no longer.");
                }
            }
        }

        /** Gives back what was reserved. Idempotent. */
        @Override
        public void close() {
            synchronized (DiskAccount.this) {
                reserved -= bytes;
                bytes = 0;
                DiskAccount.this.notifyAll();
            }
        }
    }
}
