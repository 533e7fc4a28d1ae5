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

/** The computers of a session by id: its own computer and the forks. Thread-safe. */
public final class Computers {

    /**
     * Maximum number of forks in one session, including suspended ones, because they take disk
     * space.
     */
    static final int MAX_FORKS = 8;

    private final Function<String, Computer> maker;
    private final Map<String, Computer> all = new LinkedHashMap<>();
    private final Set<Computer> beginning = new HashSet<>();
    private int lastFork;
    private boolean closed;

    /**
     * Creates the collection with the session's own computer only.
     *
     * @param maker creates a computer with a given id; the id of the session's own computer is
     *     empty
     */
    public Computers(Function<String, Computer> maker) {
        this.maker = maker;
        all.put("", maker.apply(""));
    }

    /**
     * Finds a computer by its id.
     *
     * @throws SessionException if there is no such computer
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
     * Makes a fork. It joins the computers as soon as it runs.
     *
     * @return the id of the fork
     * @throws SessionException if the session has reached its limit of forks
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
        if (forks >= MAX_FORKS) {
            throw new SessionException(
                    "This session has %d forks, as many as it may. Use one again: restore with computer=f1, for example, puts it to a checkpoint."
                            .formatted(forks));
        }
        lastFork++;
        Computer fork = maker.apply("f" + lastFork);
        beginning.add(fork);
        return fork;
    }

    /** Adds a fork that runs. Returns whether the fork is one of the computers now. */
    private synchronized boolean begun(Computer fork, boolean runs) {
        beginning.remove(fork);
        if (!runs || closed) {
            return false;
        }
        all.put(fork.id(), fork);
        return true;
    }

    /** The session's own computer, then the forks, including those that are gone. */
    public synchronized List<Computer> all() {
        return List.copyOf(all.values());
    }

    /** Summaries of the computers that are not gone. */
    public List<ComputerSummary> states() {
        return all().stream()
                .filter(computer -> !computer.isGone())
                .map(computer -> new ComputerSummary(computer.id(), computer.state()))
                .toList();
    }

    /**
     * Suspends all computers in parallel because the server stops. No forks can be made afterwards.
     */
    public void suspendForStop() {
        synchronized (this) {
            closed = true;
        }
        List<Thread> threads =
                all().stream()
                        .map(each -> Thread.startVirtualThread(each::suspendForStop))
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

    /** What remains of each computer if the server process ends now. */
    public List<SessionFile.ComputerRecord> records() {
        return all().stream().map(Computer::record).toList();
    }

    /** Whether a computer has been ordered, even if it is lost now. */
    public boolean haveBegun() {
        return all().size() > 1 || all().stream().anyMatch(Computer::hasBegun);
    }

    /** When the youngest computer began; empty if none has begun. */
    public Optional<Instant> lastBorn() {
        return all().stream()
                .flatMap(computer -> computer.born().stream())
                .max(Comparator.naturalOrder());
    }

    /** Closes all computers for good, including forks that are being made. */
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
     * Takes over the computers that an earlier process has left. Must be called first.
     *
     * @param last number of the last fork that was made
     */
    public synchronized void takeOver(
            List<SessionFile.SuspendedComputer> suspended,
            List<SessionFile.LostComputer> lost,
            int last) {
        lastFork = last;
        Set<String> ids = new LinkedHashSet<>();
        suspended.forEach(each -> ids.add(each.computer()));
        lost.forEach(each -> ids.add(each.computer()));
        for (String id : ids) {
            all.computeIfAbsent(id, maker)
                    .begin(
                            new SessionFile.ComputerRecord(
                                    suspended.stream()
                                            .filter(each -> each.computer().equals(id))
                                            .findFirst(),
                                    lost.stream()
                                            .filter(each -> each.computer().equals(id))
                                            .findFirst()));
        }
    }
}
