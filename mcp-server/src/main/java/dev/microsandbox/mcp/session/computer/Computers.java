package dev.microsandbox.mcp.session.computer;

import dev.microsandbox.mcp.session.disk.SessionFile;
import dev.microsandbox.mcp.session.limits.SessionException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** The computers of a session, by id: its own, and the forks of it. Thread-safe. */
public final class Computers {

    /** Of one session, those that sleep too: each of these takes disk. */
    static final int MOST_FORKS = 8;

    private final Function<String, Computer> maker;
    private final Map<String, Computer> all = new LinkedHashMap<>();
    private final Set<Computer> beginning = new HashSet<>();
    private int lastFork;
    private boolean closed;

    /**
     * A session's own computer alone.
     *
     * @param maker makes one of an id; the session's own has the empty one
     */
    public Computers(Function<String, Computer> maker) {
        this.maker = maker;
        all.put("", maker.apply(""));
    }

    /**
     * The computer of an id.
     *
     * @throws SessionException if there is none
     */
    public synchronized Computer find(String id) {
        Computer found = all.get(id);
        if (found != null) {
            return found;
        }
        List<String> forks =
                all.values().stream()
                        .filter(computer -> !computer.id().isEmpty() && !computer.isGone())
                        .map(Computer::id)
                        .toList();
        throw new SessionException(
                "There is no computer %s. %s Leave the argument computer out for the session's own."
                        .formatted(
                                id,
                                forks.isEmpty()
                                        ? "This session has no forks; the tool fork makes one."
                                        : "Forks are: " + String.join(", ", forks) + "."));
    }

    /** Starts a fork. */
    public interface Beginning {
        void begin(Computer fork) throws InterruptedException;
    }

    /**
     * Makes a fork, which is one of the computers as soon as it runs.
     *
     * @throws SessionException if there are as many as there may be
     */
    public String fork(Beginning start) throws InterruptedException {
        Computer fork = next();
        boolean runs = false;
        try {
            start.begin(fork);
            runs = true;
        } finally {
            runs = begun(fork, runs);
            if (!runs) {
                fork.end("was not needed");
            }
        }
        if (!runs) {
            throw new SessionException(Computer.ENDED);
        }
        return fork.id();
    }

    private synchronized Computer next() {
        if (closed) {
            throw new SessionException(Computer.ENDED);
        }
        long forks =
                beginning.size()
                        + all.values().stream()
                                .filter(c -> !c.id().isEmpty() && !c.isGone())
                                .count();
        if (forks >= MOST_FORKS) {
            throw new SessionException(
                    "This session has %d forks, as many as it may. Use one again: restore with computer=f1, for example, puts it to a checkpoint."
                            .formatted(forks));
        }
        lastFork++;
        Computer fork = maker.apply("f" + lastFork);
        beginning.add(fork);
        return fork;
    }

    /** Whether it is one of the computers now. */
    private synchronized boolean begun(Computer fork, boolean runs) {
        beginning.remove(fork);
        if (!runs || closed) {
            return false;
        }
        all.put(fork.id(), fork);
        return true;
    }

    /** The session's own, then the forks, also those that are gone. */
    public synchronized List<Computer> all() {
        return List.copyOf(all.values());
    }

    /** The state of those that are not gone. */
    public List<ComputerSummary> states() {
        return all().stream()
                .filter(computer -> !computer.isGone())
                .map(computer -> new ComputerSummary(computer.id(), computer.state()))
                .toList();
    }

    /** Puts all to sleep for the server's stop, side by side; no forks come from now on. */
    public void restUntilTheNextStart() {
        synchronized (this) {
            closed = true;
        }
        List<Thread> threads =
                all().stream()
                        .map(each -> Thread.startVirtualThread(each::restUntilTheNextStart))
                        .toList();
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** What becomes of each if the server's process ends now. */
    public List<SessionFile.Remains> remains() {
        return all().stream().map(Computer::remains).toList();
    }

    /** Since when there has been the youngest; empty if there is none. */
    public Optional<Instant> lastBorn() {
        return all().stream()
                .flatMap(computer -> computer.born().stream())
                .max(Comparator.naturalOrder());
    }

    /** Closes all for good, also those that are only being made. */
    public void end(String reason) {
        List<Computer> ending;
        synchronized (this) {
            closed = true;
            ending = new ArrayList<>(all.values());
            ending.addAll(beginning);
        }
        ending.forEach(computer -> computer.end(reason));
    }

    public synchronized int lastFork() {
        return lastFork;
    }

    /**
     * Goes on with those that an earlier process had; to be called first.
     *
     * @param last number of the last fork that was made
     */
    public synchronized void goOn(
            List<SessionFile.Sleeper> sleepers, List<SessionFile.Loss> losses, int last) {
        lastFork = last;
        Set<String> ids = new LinkedHashSet<>();
        sleepers.forEach(sleeper -> ids.add(sleeper.computer()));
        losses.forEach(loss -> ids.add(loss.computer()));
        for (String id : ids) {
            all.computeIfAbsent(id, maker)
                    .begin(
                            new SessionFile.Remains(
                                    sleepers.stream()
                                            .filter(sleeper -> sleeper.computer().equals(id))
                                            .findFirst(),
                                    losses.stream()
                                            .filter(loss -> loss.computer().equals(id))
                                            .findFirst()));
        }
    }
}
