package dev.microsandbox.mcp.session;

import dev.microsandbox.mcp.units.Durations;
import dev.microsandbox.vmm.CheckpointException;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxException;
import dev.microsandbox.vmm.SandboxLostException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A computer of a session, and the sandbox that it is at the moment, if any: it may not have been
 * started, may sleep in a file, or be gone. Thread-safe.
 */
final class Computer {

    private static final Logger log = LoggerFactory.getLogger(Computer.class);

    /** How often it is tried to wake it, where the state itself is not to blame. */
    private static final int MOST_WAKES = 3;

    private final String handle;
    private final SandboxConfig config;
    private final Supply supply;
    private final SandboxLimits limits;
    private final SessionClock clock;
    private final SessionDirectory directory;
    private final Checkpoints checkpoints;
    private final Supplier<List<ComputerState>> family;
    private final Lanes lanes = new Lanes();

    private @Nullable SandboxStart current;

    /** The machines that the current one comes from, itself the last. */
    private List<String> lineage = List.of();

    /**
     * When the first of these was ordered: a lifetime is one computer's, however often it slept.
     */
    private long born;

    /** Where it sleeps, or slept until the current one, which wakes, runs. */
    private @Nullable Asleep asleep;

    /** Takes the current one's place when it runs. */
    private @Nullable SandboxStart replacement;

    /** Why the sandbox before the current one is gone, until a call has been told. */
    private @Nullable String untoldLoss;

    /** What the next call has to be told of its sleep. */
    private @Nullable String untoldSleep;

    /** Why there will never be another; null if there may be. */
    private @Nullable String gone;

    /** It is being put to sleep or put back: calls wait. */
    private boolean held;

    private boolean ended;
    private int calls;
    private long lastCallEnded;

    private long restoresBegun;
    private long lastRestore;
    private String restoredTo = "";

    /**
     * A computer that sleeps.
     *
     * @param since when it was put to sleep
     * @param failedWakes how often it did not wake
     */
    private record Asleep(Path state, Instant since, int failedWakes) {}

    /**
     * A computer that starts with its first call.
     *
     * @param handle its name in its session; empty for the session's own
     * @param family the computers of its session
     */
    Computer(
            String handle,
            SandboxConfig config,
            Supply supply,
            SandboxLimits limits,
            SessionClock clock,
            SessionDirectory directory,
            Checkpoints checkpoints,
            Supplier<List<ComputerState>> family) {
        this.handle = handle;
        this.config = config;
        this.supply = supply;
        this.limits = limits;
        this.clock = clock;
        this.directory = directory;
        this.checkpoints = checkpoints;
        this.family = family;
        lastCallEnded = clock.nanos();
    }

    String handle() {
        return handle;
    }

    SandboxConfig config() {
        return config;
    }

    /**
     * Waits for its turn, then for the sandbox, which is started or woken where none runs.
     *
     * @param starting called once if the sandbox does not run yet
     */
    SandboxLease acquire(Lane lane, Runnable starting) throws InterruptedException {
        long arrived = callBegins();
        boolean entered = false;
        try {
            lanes.enter(lane);
            entered = true;
            boolean told = false;
            while (true) {
                SandboxStart start = currentOrNew(arrived);
                if (!start.isRunning() && !told) {
                    told = true;
                    starting.run();
                }
                Sandbox sandbox = await(start);
                if (sandbox != null) {
                    return new SandboxLease(this, lane, start, sandbox, arrived);
                }
            }
        } catch (InterruptedException | RuntimeException e) {
            if (entered) {
                lanes.leave(lane);
            }
            callEnds();
            throw e;
        }
    }

    void release(Lane lane) {
        lanes.leave(lane);
        callEnds();
    }

    private synchronized long callBegins() {
        calls++;
        return restoresBegun;
    }

    private synchronized void callEnds() {
        calls--;
        lastCallEnded = clock.nanos();
    }

    private synchronized SandboxStart currentOrNew(long arrived) throws InterruptedException {
        while (held) {
            wait();
        }
        checkUsable();
        restoredSince(arrived)
                .ifPresent(
                        to -> {
                            throw new SessionException(
                                    "The computer was put back to checkpoint %s while this call waited; the call did nothing. Repeat it if it is still wanted."
                                            .formatted(to));
                        });
        settleWaking();
        if (current != null && current.isDead() && !(asleep != null && current.hasFailed())) {
            forget(current, "ended unexpectedly");
            checkUsable();
        }
        if (current == null) {
            if (asleep != null) {
                current = supply.resumed(asleep.state(), config, supply.reserve(config));
            } else {
                current = supply.fresh(config);
                lineage = List.of(UUID.randomUUID().toString());
                born = clock.nanos();
            }
        }
        return current;
    }

    private void checkUsable() {
        if (ended) {
            throw new SessionException("The session has ended.");
        }
        if (gone != null) {
            throw new SessionException(
                    "Computer %s %s. Make another with fork, or leave out the argument computer."
                            .formatted(handle, gone));
        }
    }

    /** Once a sandbox that wakes runs, its sleep is over. */
    private synchronized void settleWaking() {
        Asleep slept = asleep;
        if (slept != null && current != null && current.isRunning()) {
            asleep = null;
            discard(slept);
            Duration time = Duration.between(slept.since(), clock.now());
            untoldSleep =
                    "The computer was suspended for %s because nobody used it, and goes on. Variables, files and processes are as they were, its clock is right; nothing is lost."
                            .formatted(Durations.roughly(time.isNegative() ? Duration.ZERO : time));
        }
    }

    /** The sandbox; null if another has to be asked for, because this one did not wake. */
    private @Nullable Sandbox await(SandboxStart start) throws InterruptedException {
        try {
            Sandbox sandbox = start.await();
            settleWaking();
            return sandbox;
        } catch (SandboxException e) {
            if (didNotWake(start, e)) {
                return null;
            }
            throw e;
        }
    }

    /** Whether it is worth while to go on with another sandbox. */
    private synchronized boolean didNotWake(SandboxStart start, SandboxException e) {
        if (current != start) {
            return false;
        }
        current = null;
        Asleep slept = asleep;
        if (slept == null) {
            return false;
        }
        int failed = slept.failedWakes() + 1;
        if (!(e instanceof CheckpointException) && failed < MOST_WAKES) {
            // The host's trouble, perhaps, and over soon: what sleeps is not to be lost by it.
            asleep = new Asleep(slept.state(), slept.since(), failed);
            return false;
        }
        log.warn("A suspended sandbox does not wake", e);
        loseSleeper(slept, "was suspended and could not be woken (" + e.getMessage() + ")");
        return true;
    }

    private void loseSleeper(Asleep slept, String reason) {
        asleep = null;
        discard(slept);
        lose(reason);
    }

    private static void discard(Asleep slept) {
        discard(slept.state());
    }

    private static void discard(Path state) {
        try {
            if (Files.exists(state)) {
                PrivateFiles.delete(state);
            }
        } catch (IOException e) {
            log.warn("{} cannot be removed", state, e);
        }
    }

    /** Closes {@code start} and lets the next call know why it finds another sandbox. */
    private synchronized void forget(SandboxStart start, String reason) {
        if (current == start) {
            current = null;
            lose(reason);
        }
        start.close(reason);
    }

    private void lose(String reason) {
        untoldSleep = null;
        if (handle.isEmpty()) {
            untoldLoss = reason;
        } else {
            gone = reason;
        }
    }

    /** What the next call has to be told; once. */
    synchronized Optional<String> takeNotice() {
        String reason = untoldLoss;
        String slept = untoldSleep;
        untoldLoss = null;
        untoldSleep = null;
        if (reason == null) {
            return Optional.ofNullable(slept);
        }
        return Optional.of(
                "The sandbox %s; a new one was started. Earlier variables, files and processes are gone.%s"
                        .formatted(reason, rescue()));
    }

    /** What a loss can be made good with. */
    private String rescue() {
        List<Checkpoint> all = checkpoints.list();
        return all.isEmpty()
                ? ""
                : " The tool restore brings back checkpoint %s.".formatted(all.getLast().inWords());
    }

    /** A call found its sandbox gone: the error to give it. */
    SandboxLostException lost(SandboxStart start, SandboxLostException cause) {
        String closed = start.closeReason();
        forget(start, closed != null ? closed : "died (" + cause.getMessage() + ")");
        String what = closed != null ? closed : "died during this call: " + cause.getMessage();
        var error =
                new SandboxLostException(
                        "The sandbox %s\nIts variables, files and processes are gone. %s%s"
                                .formatted(
                                        what,
                                        handle.isEmpty()
                                                ? "The next call starts a new one."
                                                : "It was computer %s; make another with fork."
                                                        .formatted(handle),
                                        rescue()));
        error.initCause(cause);
        return error;
    }

    /**
     * To which checkpoint it was put back since a call arrived. If that is being done, and the call
     * has failed by it, waits until it is clear whether it succeeds.
     */
    synchronized Optional<String> awaitRestoredSince(long arrived) throws InterruptedException {
        while (held) {
            wait();
        }
        return restoredSince(arrived);
    }

    private Optional<String> restoredSince(long arrived) {
        return lastRestore > arrived ? Optional.of(restoredTo) : Optional.empty();
    }

    List<ComputerState> family() {
        return family.get();
    }

    /** The machines that the current sandbox comes from. */
    synchronized List<String> lineage() {
        return lineage;
    }

    /**
     * Puts the computer back to a checkpoint: in place where its sandbox comes from it, else by
     * another sandbox in its place. Does not wait for calls: they fail.
     *
     * @param state the checkpoint's files
     * @throws SandboxException if that cannot be done; unless it says that the sandbox is lost, the
     *     computer goes on as it was
     */
    void restore(Checkpoint checkpoint, Path state, Runnable starting) throws InterruptedException {
        callBegins();
        boolean entered = false;
        try {
            lanes.enter(Lane.STATE);
            entered = true;
            long number;
            SandboxStart start;
            boolean inPlace;
            synchronized (this) {
                while (held) {
                    wait();
                }
                settleWaking();
                if (current != null && current.isDead()) {
                    forget(current, "ended unexpectedly"); // its room is needed for the next one
                }
                checkUsable();
                held = true;
                number = ++restoresBegun;
                start = current;
                inPlace =
                        start != null
                                && start.isRunning()
                                && !start.isDead()
                                && lineage.contains(checkpoint.machine());
            }
            try {
                if (inPlace && start != null) {
                    restoreInPlace(start, state);
                } else {
                    starting.run();
                    replace(checkpoint, state);
                }
                synchronized (this) {
                    lastRestore = number;
                    restoredTo = checkpoint.inWords();
                    // What went before is of no account any more.
                    untoldLoss = null;
                    untoldSleep = null;
                }
            } finally {
                letGo();
            }
        } finally {
            if (entered) {
                lanes.leave(Lane.STATE);
            }
            callEnds();
        }
    }

    private void restoreInPlace(SandboxStart start, Path state) throws InterruptedException {
        try {
            start.await().restore(state);
        } catch (SandboxLostException e) {
            throw lost(start, e);
        }
    }

    private void replace(Checkpoint checkpoint, Path state) throws InterruptedException {
        SandboxStart next = supply.resumed(state, config, supply.reserve(config));
        synchronized (this) {
            replacement = next;
        }
        boolean inPlace = false;
        SandboxStart before = null;
        try {
            next.await();
            synchronized (this) {
                if (!ended) {
                    before = current;
                    adopt(next, checkpoint);
                    inPlace = true;
                }
            }
        } finally {
            synchronized (this) {
                replacement = null;
            }
            if (!inPlace) {
                next.close("was not needed");
            }
        }
        if (before != null) {
            before.close("was put back to checkpoint " + checkpoint.inWords());
        }
    }

    private void adopt(SandboxStart next, Checkpoint from) {
        if (current == null && asleep == null) {
            born = clock.nanos();
        }
        current = next;
        lineage = with(from.lineage());
        if (asleep != null) {
            discard(asleep);
            asleep = null;
        }
    }

    private static List<String> with(List<String> ancestors) {
        List<String> all = new ArrayList<>(ancestors);
        all.add(UUID.randomUUID().toString());
        return List.copyOf(all);
    }

    /**
     * Begins as a fork; to be called once, before anything else.
     *
     * @param room this method's from now on
     * @throws SandboxException if it does not start
     */
    void begin(Path state, List<String> ancestors, Capacity.Reservation room)
            throws InterruptedException {
        SandboxStart start = supply.resumed(state, config, room);
        synchronized (this) {
            current = start;
            lineage = with(ancestors);
            born = clock.nanos();
        }
        try {
            start.await();
        } catch (InterruptedException | RuntimeException e) {
            start.close("was not needed");
            throw e;
        }
    }

    private synchronized void letGo() {
        held = false;
        notifyAll();
    }

    /** Ends its sandbox if its time is over or it has died; puts it to sleep if nobody uses it. */
    synchronized void sweep() {
        if (held || ended) {
            return;
        }
        settleWaking();
        boolean old = clock.nanos() - born >= limits.lifetime().toNanos();
        String atTheEnd = "was closed at the end of its lifetime of " + words(limits.lifetime());
        SandboxStart start = current;
        if (start == null) {
            if (asleep != null && old) {
                loseSleeper(asleep, atTheEnd);
            }
            return;
        }
        if (!(start.isRunning() || start.isDead())) {
            return;
        }
        if (asleep != null && start.hasFailed()) {
            current = null; // nobody waited for it to wake; the next call tries again
        } else if (start.isDead()) {
            forget(start, "ended unexpectedly");
        } else if (old) {
            forget(start, atTheEnd);
        } else if (calls == 0 && clock.nanos() - lastCallEnded >= limits.idleTimeout().toNanos()) {
            String idle = "was closed after " + words(limits.idleTimeout()) + " without a call";
            if (limits.suspend()) {
                held = true;
                Thread.ofVirtual().name("suspend").start(() -> suspend(start, idle));
            } else {
                forget(start, idle);
            }
        }
    }

    /**
     * Saves the sandbox and closes it; one that cannot be saved is closed all the same. The
     * computer is held meanwhile.
     */
    private void suspend(SandboxStart start, String otherwise) {
        Path state = null;
        String reason = otherwise;
        try {
            Path place = directory.suspended(handle);
            long bytes = start.await().checkpoint(place);
            log.info("A sandbox without calls is suspended; it takes {} bytes", bytes);
            state = place;
        } catch (CheckpointException | IOException e) {
            log.info("A sandbox without calls is closed, not suspended: {}", e.getMessage());
        } catch (SandboxLostException e) {
            reason = "died (" + e.getMessage() + ")";
        } catch (InterruptedException | RuntimeException e) {
            log.warn("A sandbox without calls is closed, not suspended", e);
        }
        synchronized (this) {
            if (state != null && !ended) {
                current = null;
                asleep = new Asleep(state, clock.now(), 0);
            }
        }
        if (state != null) {
            start.close("was suspended");
        } else {
            forget(start, reason);
        }
        letGo();
    }

    /**
     * Puts the computer to sleep for the server's stop, whoever uses it.
     *
     * @return false if it ran and could not be saved: it is closed then
     */
    boolean rest() {
        awaitLetGo();
        SandboxStart start;
        synchronized (this) {
            settleWaking();
            start = current;
            if (start == null || ended) {
                return true;
            }
            if (!start.isRunning()) {
                current = null;
                start.close("was closed because the server stops");
                return asleep != null;
            }
            held = true;
        }
        suspend(start, "was closed because the server stops");
        return sleeper().isPresent();
    }

    /** What has to be kept of it if it sleeps. */
    synchronized Optional<SessionFile.Sleeper> sleeper() {
        return Optional.ofNullable(asleep)
                .map(
                        slept ->
                                new SessionFile.Sleeper(
                                        handle,
                                        clock.now().minusNanos(clock.nanos() - born),
                                        slept.since(),
                                        lineage));
    }

    /** Begins as one that sleeps; to be called once, before anything else. */
    synchronized void begin(SessionFile.Sleeper sleeper) {
        Duration age = Duration.between(sleeper.born(), clock.now());
        born = clock.nanos() - age.toNanos();
        lineage = List.copyOf(sleeper.lineage());
        asleep = new Asleep(directory.sleeper(handle), sleeper.since(), 0);
    }

    /** Begins as one that is lost; to be called once, before anything else. */
    synchronized void beginLost(String reason) {
        lose(reason);
    }

    /** How much of its lifetime the computer has left. */
    synchronized Duration remaining() {
        Duration age = Duration.ofNanos(clock.nanos() - born);
        Duration left = limits.lifetime().minus(age);
        return left.isNegative() ? Duration.ZERO : left;
    }

    Duration idleTimeout() {
        return limits.idleTimeout();
    }

    /** In a word, how it is. */
    synchronized String state() {
        if (gone != null) {
            return "gone";
        }
        if (current != null) {
            return current.isRunning() ? "running" : "starting";
        }
        return asleep != null ? "suspended" : "not started";
    }

    synchronized boolean isGone() {
        return gone != null;
    }

    /** Closes the sandbox for good. Returns when nothing of it writes to the disk any more. */
    void end(String reason) {
        SandboxStart start;
        SandboxStart next;
        synchronized (this) {
            ended = true;
            start = current;
            next = replacement;
            current = null;
        }
        if (start != null) {
            start.close(reason);
        }
        if (next != null) {
            next.close(reason);
        }
        awaitLetGo();
    }

    private synchronized void awaitLetGo() {
        boolean interrupted = false;
        while (held) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static String words(Duration duration) {
        return Durations.inWords(duration);
    }
}
