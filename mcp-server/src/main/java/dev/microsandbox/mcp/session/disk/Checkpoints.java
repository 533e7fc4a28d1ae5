package dev.microsandbox.mcp.session.disk;

import dev.microsandbox.mcp.session.limits.CheckpointLimits;
import dev.microsandbox.mcp.session.limits.SessionException;
import dev.microsandbox.mcp.text.FaultLine;
import dev.microsandbox.mcp.units.ByteSize;
import dev.microsandbox.vmm.CheckpointException;
import dev.microsandbox.vmm.SandboxFactory;
import dev.microsandbox.vmm.storage.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The checkpoints of one session, within their limits. Thread-safe. */
public final class Checkpoints {

    private static final Logger log = LoggerFactory.getLogger(Checkpoints.class);

    /** The subdirectory of a checkpoint that holds the machine's own files. */
    private static final String STATE = "state";

    private static final Pattern ID = Pattern.compile("c[0-9]{1,9}");

    private final SessionDirectory directory;
    private final Supplier<CheckpointLimits> limits;
    private final DiskSpace space;
    private final InstantSource time;
    private final Map<String, Checkpoint> all = new HashMap<>();
    private final Map<String, Integer> uses = new HashMap<>();

    /** Ids of checkpoints that an earlier process made and that are damaged. */
    private final Set<String> damaged = new TreeSet<>();

    private int lastNumber;
    private int beingMade;

    /**
     * @param limits the limits in force, which may change
     */
    public Checkpoints(
            SessionDirectory directory,
            Supplier<CheckpointLimits> limits,
            DiskSpace space,
            InstantSource time) {
        this.directory = directory;
        this.limits = limits;
        this.space = space;
        this.time = time;
    }

    /** Measures the disk space of saved machines, as {@link SandboxFactory#bytesOnDisk}. */
    public interface DiskSpace {
        long of(Collection<Path> states) throws IOException;
    }

    /** Saves a machine. */
    public interface MachineSaver {
        /**
         * Writes the machine's state to a directory that does not exist yet.
         *
         * @return the size of the state in bytes
         */
        long write(Path directory) throws InterruptedException;
    }

    /**
     * Makes a checkpoint.
     *
     * @param label may be empty
     * @throws SessionException if a limit is reached
     * @throws CheckpointException if the checkpoint cannot be written
     */
    public Checkpoint make(String label, String computer, List<String> lineage, MachineSaver writer)
            throws InterruptedException {
        String id = begin(label, bytes());
        Path place = directory.checkpoints().resolve(id);
        boolean done = false;
        try {
            directory.make(place);
            long bytes = writer.write(place.resolve(STATE));
            Checkpoint made = new Checkpoint(id, label, computer, time.instant(), bytes, lineage);
            CheckpointFile.write(place, made);
            DurableFiles.syncName(place);
            add(made, bytesWith(id));
            done = true;
            return made;
        } catch (CheckpointException e) {
            log.warn("{} was not made: {}", place, FaultLine.of(e));
            throw e;
        } catch (IOException e) {
            throw new CheckpointException(
                    "The checkpoint cannot be written on the server: %s. The computer goes on; delete_checkpoint may make room."
                            .formatted(PrivateFiles.reason(e)),
                    e);
        } finally {
            if (!done) {
                CheckpointFile.discard(place);
            }
            end();
        }
    }

    /** The disk space of all checkpoints together, in bytes. Data that they share counts once. */
    public long bytes() {
        try {
            return bytesWith();
        } catch (IOException e) {
            log.warn(
                    "The size of the checkpoints in {} cannot be determined: {}",
                    directory.checkpoints(),
                    PrivateFiles.reason(e));
            return list().stream().mapToLong(Checkpoint::bytes).sum();
        }
    }

    /** Reads the disk. Call it without holding this object's monitor, for which calls wait. */
    private long bytesWith(String... further) throws IOException {
        return space.of(
                Stream.concat(list().stream().map(Checkpoint::id), Stream.of(further))
                        .map(this::state)
                        .toList());
    }

    private Path state(String id) {
        return stateIn(directory.checkpoints().resolve(id));
    }

    /** The machine's own files in the directory of a checkpoint. */
    static Path stateIn(Path checkpoint) {
        return checkpoint.resolve(STATE);
    }

    private synchronized String begin(String label, long used) {
        if (ID.matcher(label).matches()) {
            throw new SessionException(
                    "%s looks like the id of a checkpoint. Choose another name.".formatted(label));
        }
        CheckpointLimits now = limits.get();
        if (now.maxCount() == 0) {
            throw new SessionException(
                    "No checkpoints are kept here: the server's operator has set checkpoint.max_count to 0. fork needs none.");
        }
        if (all.size() + beingMade >= now.maxCount()) {
            throw new SessionException(
                    "This session has %d checkpoints, as many as it may. Remove one with delete_checkpoint first; the oldest is %s."
                            .formatted(all.size() + beingMade, oldest()));
        }
        if (used >= now.maxBytes()) {
            throw tooLarge(used, now, "are full");
        }
        beingMade++;
        lastNumber++;
        return "c" + lastNumber;
    }

    private synchronized void end() {
        beingMade--;
    }

    private synchronized void add(Checkpoint made, long used) {
        CheckpointLimits now = limits.get();
        if (used > now.maxBytes()) {
            throw tooLarge(
                    used - made.bytes(),
                    now,
                    "have no room for one of " + ByteSize.inWords(made.bytes()));
        }
        all.put(made.id(), made);
    }

    private SessionException tooLarge(long used, CheckpointLimits now, String what) {
        String rest =
                all.isEmpty()
                        ? "The server's operator can raise checkpoint.max_bytes."
                        : "Remove some with delete_checkpoint first; the largest is %s with %s."
                                .formatted(
                                        largest().inWords(), ByteSize.inWords(largest().bytes()));
        return new SessionException(
                "This session's checkpoints take %s of the %s that they may, and %s. No checkpoint was made. %s"
                        .formatted(
                                ByteSize.inWords(used),
                                ByteSize.inWords(now.maxBytes()),
                                what,
                                rest));
    }

    private Checkpoint largest() {
        return list().stream().reduce((a, b) -> b.bytes() > a.bytes() ? b : a).orElseThrow();
    }

    private String oldest() {
        return all.isEmpty() ? "still being made" : list().getFirst().inWords();
    }

    /** All checkpoints, oldest first. */
    public synchronized List<Checkpoint> list() {
        List<Checkpoint> list = new ArrayList<>(all.values());
        list.sort((a, b) -> Integer.compare(number(a.id()), number(b.id())));
        return list;
    }

    private static int number(String id) {
        return Integer.parseInt(id.substring(1));
    }

    /** Holds a checkpoint in use. It cannot be removed until this is closed. */
    public final class CheckpointUse implements AutoCloseable {

        private final Checkpoint checkpoint;

        private CheckpointUse(Checkpoint checkpoint) {
            this.checkpoint = checkpoint;
        }

        public Checkpoint checkpoint() {
            return checkpoint;
        }

        /** The machine's own files. */
        public Path state() {
            return Checkpoints.this.state(checkpoint.id());
        }

        @Override
        public void close() {
            synchronized (Checkpoints.this) {
                uses.merge(checkpoint.id(), -1, (a, b) -> a + b == 0 ? null : a + b);
            }
        }
    }

    /**
     * Finds a checkpoint and marks it as in use.
     *
     * @param name an id or a label; the newest checkpoint with that label is used. Empty for the
     *     newest of all
     * @throws SessionException if there is no such checkpoint
     */
    public synchronized CheckpointUse use(String name) {
        Checkpoint found = find(name);
        uses.merge(found.id(), 1, Integer::sum);
        return new CheckpointUse(found);
    }

    private Checkpoint find(String name) {
        List<Checkpoint> list = list();
        if (list.isEmpty()) {
            throw new SessionException(
                    "This session has no checkpoints. Make one with the tool checkpoint."
                            + damage());
        }
        if (name.isEmpty()) {
            return list.getLast();
        }
        return list.stream()
                .filter(c -> c.id().equals(name) || c.label().equals(name))
                .reduce((earlier, later) -> later)
                .orElseThrow(() -> unknown(name, list));
    }

    private String damage() {
        return damaged.isEmpty()
                ? ""
                : " Damaged on the server's disk, and therefore removed: %s."
                        .formatted(String.join(", ", damaged));
    }

    private SessionException unknown(String name, List<Checkpoint> list) {
        return new SessionException(
                "There is no checkpoint \"%s\". There are: %s.%s"
                        .formatted(
                                name,
                                list.stream()
                                        .map(Checkpoint::inWords)
                                        .collect(Collectors.joining(", ")),
                                damage()));
    }

    /**
     * Removes a checkpoint. Computers that were created from it continue.
     *
     * @param name an id or a label
     * @throws SessionException if there is no such checkpoint, or it is in use
     */
    public Checkpoint remove(String name) {
        Checkpoint found;
        synchronized (this) {
            found = find(name);
            if (uses.containsKey(found.id())) {
                throw new SessionException(
                        "A computer is being made of %s just now. Try again when that is done."
                                .formatted(found.inWords()));
            }
            all.remove(found.id());
        }
        CheckpointFile.discard(directory.checkpoints().resolve(found.id()));
        return found;
    }

    /** The limits that hold now. */
    public CheckpointLimits limits() {
        return limits.get();
    }

    /** Takes over the checkpoints that an earlier process made. Leaves out incomplete ones. */
    public synchronized void load() throws IOException {
        if (!Files.isDirectory(directory.checkpoints())) {
            return;
        }
        try (var places = Files.list(directory.checkpoints())) {
            for (Path place : places.toList()) {
                String id = place.getFileName().toString();
                if (!ID.matcher(id).matches()) {
                    continue;
                }
                lastNumber = Math.max(lastNumber, number(id));
                try {
                    all.put(id, CheckpointFile.read(place, id));
                } catch (NoSuchFileException e) {
                    log.debug("{} is incomplete and could not be removed", place);
                } catch (IOException e) {
                    log.warn(
                            "{} cannot be used, and is removed: {}", place, PrivateFiles.reason(e));
                    damaged.add(id);
                    CheckpointFile.discard(place);
                }
            }
        }
    }
}
