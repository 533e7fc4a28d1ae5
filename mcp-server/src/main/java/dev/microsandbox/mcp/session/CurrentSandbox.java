package dev.microsandbox.mcp.session;

import dev.microsandbox.vmm.CheckpointException;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sandbox that a computer is at the moment, if any: it may not have been started, may sleep in
 * a file, or be gone. Thread-safe. Its lock is never kept while a machine starts, is saved or
 * closed, or the disk told of it: that is done under the {@link Hold}. It is kept while who does
 * not hold that removes a state, whose place the next one will have.
 */
final class CurrentSandbox {

    private static final Logger log = LoggerFactory.getLogger(CurrentSandbox.class);

    /** Why a computer is lost that ran when the server was killed. */
    private static final String KILLED = "was lost because the server ended unexpectedly";

    private final String id;
    private final SandboxConfig config;
    private final SandboxSupply supply;
    private final SandboxLimits limits;
    private final SessionClock clock;
    private final SessionRecord record;
    private final Notices notices;

    private @Nullable ManagedSandbox current;
    private @Nullable ManagedSandbox expected;
    private @Nullable SuspendedImage asleep;
    private List<String> lineage = List.of();

    /**
     * When the first of these was ordered: a lifetime is one computer's, however often it slept.
     */
    private long born;

    /** Whether what sleeps is about to go on, and must not be offered any more. */
    private boolean waking;

    private boolean ended;

    /**
     * One that has not been started.
     *
     * @param record told of each change that the disk has to know of
     */
    CurrentSandbox(
            String id,
            SandboxConfig config,
            SandboxSupply supply,
            SandboxLimits limits,
            SessionClock clock,
            SessionRecord record) {
        this.id = id;
        this.config = config;
        this.supply = supply;
        this.limits = limits;
        this.clock = clock;
        this.record = record;
        notices = new Notices(id);
    }

    /**
     * For who holds it: the one that runs or starts; else one is ordered, or woken.
     *
     * @throws SessionException if there will be none, or is no room for one
     */
    ManagedSandbox get() throws InterruptedException {
        ManagedSandbox usable = settle();
        checkUsable();
        if (usable != null) {
            return usable;
        }
        SuspendedImage slept = asleep();
        ManagedSandbox start = slept == null ? supply.fresh(config) : wake(slept);
        if (!use(start, slept == null)) {
            start.close("was not needed");
            throw new SessionException(Computer.ENDED);
        }
        if (slept == null) {
            record.update();
        }
        return start;
    }

    private ManagedSandbox wake(SuspendedImage slept) throws InterruptedException {
        Capacity.Reservation room = supply.reserve(config);
        try {
            withdraw();
        } catch (SessionException e) {
            room.release();
            throw e;
        }
        return supply.resumed(slept.state(), config, room);
    }

    /**
     * What sleeps is not offered any more, before its machine goes on.
     *
     * @throws SessionException if the disk would still offer it; it sleeps on
     */
    private void withdraw() {
        synchronized (this) {
            waking = true;
        }
        if (!record.update()) {
            synchronized (this) {
                waking = false;
            }
            throw new SessionException(
                    "The computer sleeps and cannot be woken: nothing can be written on the server's disk, which its operator has to look after. Nothing is lost; repeat the call later.");
        }
    }

    private synchronized boolean use(ManagedSandbox start, boolean fresh) {
        waking = false;
        if (ended) {
            return false;
        }
        current = start;
        if (fresh) {
            lineage = Lineage.begin();
            born = clock.nanos();
        }
        return true;
    }

    /**
     * For who holds it: takes note of what has become of the sandbox.
     *
     * @return null if there is none that could be used
     */
    @Nullable ManagedSandbox settle() {
        settleWaking();
        ManagedSandbox start;
        synchronized (this) {
            start = current;
            if (start == null || !start.isDead()) {
                return start;
            }
            current = null;
            if (!start.hasFailed()) {
                notices.lost("ended unexpectedly");
            } // else it never ran: nothing is lost, and what sleeps sleeps on
        }
        start.close("ended unexpectedly");
        record.update();
        return null;
    }

    /** Once a sandbox that wakes runs, its sleep is over. */
    private synchronized void settleWaking() {
        SuspendedImage slept = asleep;
        if (slept == null || current == null || !current.isRunning()) {
            return;
        }
        asleep = null;
        notices.slept(Duration.between(slept.since(), clock.now()));
        slept.discard();
    }

    /**
     * Waits until a sandbox runs.
     *
     * @return null if another has to be asked for, because this one did not wake
     * @throws SandboxException if it does not start
     */
    @Nullable Sandbox await(ManagedSandbox start) throws InterruptedException {
        try {
            Sandbox sandbox = start.await();
            settleWaking();
            return sandbox;
        } catch (SandboxException e) {
            boolean another = didNotWake(start, e);
            record.update();
            if (another) {
                return null;
            }
            throw e;
        }
    }

    /** Whether it is worth while to go on with another sandbox. */
    private synchronized boolean didNotWake(ManagedSandbox start, SandboxException e) {
        boolean damaged = e instanceof CheckpointException;
        if (current != start) {
            return damaged; // another call that waited too has found that out, and begun anew
        }
        current = null;
        if (asleep == null) {
            return false;
        }
        SuspendedImage slept = asleep.failedOnceMore();
        if (!damaged && !slept.isGivenUp()) {
            // The host's trouble, perhaps, and over soon: what sleeps is not to be lost by it.
            asleep = slept;
            return false;
        }
        log.warn("A suspended sandbox does not wake", e);
        slept.discard(); // it is not offered since it was to be woken
        asleep = null;
        notices.lost("was suspended and could not be woken (" + e.getMessage() + ")");
        return true;
    }

    /**
     * Refuses a fork that is lost.
     *
     * @throws SessionException if it is
     */
    synchronized void checkUsable() {
        notices.checkNotGone();
    }

    /**
     * For who holds it: another sandbox takes the place of the current one, if any, or of the one
     * that sleeps.
     *
     * @param ancestors the lineage of the checkpoint that it goes on from
     * @return the one before
     * @throws SessionException if the session has ended, or the disk would still offer the one that
     *     sleeps; nothing is changed then
     */
    Optional<ManagedSandbox> replace(ManagedSandbox next, List<String> ancestors) {
        SuspendedImage slept = asleep();
        if (slept != null) {
            withdraw();
        }
        ManagedSandbox before;
        synchronized (this) {
            waking = false;
            checkNotEnded();
            before = current;
            if (before == null && slept == null) {
                born = clock.nanos();
            }
            asleep = null;
            current = next;
            lineage = Lineage.heir(ancestors);
        }
        if (slept != null) {
            slept.discard();
        } else {
            record.update();
        }
        return Optional.ofNullable(before);
    }

    /**
     * One that still starts is to take the place of the current one: the session's end ends it too.
     *
     * @param next null if it is no longer expected
     * @throws SessionException if the session has ended
     */
    synchronized void expect(@Nullable ManagedSandbox next) {
        if (next != null) {
            checkNotEnded();
        }
        expected = next;
    }

    private void checkNotEnded() {
        if (ended) {
            throw new SessionException(Computer.ENDED);
        }
    }

    /**
     * It sleeps from now on, with all of its state on the disk; the caller closes the sandbox.
     *
     * @return false if that is not the current one any more
     */
    boolean fallAsleep(ManagedSandbox start, SuspendedImage now) {
        synchronized (this) {
            if (current != start) {
                return false;
            }
            current = null;
            asleep = now;
        }
        record.update();
        return true;
    }

    /** Goes on where an earlier process has put it to sleep. */
    synchronized void sleep(SuspendedImage since, Instant bornAt, List<String> ancestors) {
        asleep = since;
        born = clock.nanos() - Duration.between(bornAt, clock.now()).toNanos();
        lineage = List.copyOf(ancestors);
    }

    /** Closes {@code start} and lets the next call know why it finds another sandbox. */
    void forget(ManagedSandbox start, String reason) {
        boolean found;
        synchronized (this) {
            found = current == start;
            if (found) {
                current = null;
                notices.lost(reason);
            }
        }
        if (found) {
            record.update();
        }
        start.close(reason);
    }

    /** For who holds it: what sleeps is lost. */
    void loseSleeper(String reason) {
        SuspendedImage lost;
        synchronized (this) {
            lost = asleep;
            if (lost == null) {
                return;
            }
            asleep = null;
            notices.lost(reason);
        }
        record.update();
        lost.discard();
    }

    synchronized void lose(String reason) {
        notices.lost(reason);
    }

    /** There is none from now on, and none comes; what sleeps sleeps on. */
    void end(String reason) {
        List<ManagedSandbox> all;
        synchronized (this) {
            ended = true;
            all = Stream.of(current, expected).filter(Objects::nonNull).toList();
            current = null;
        }
        all.forEach(start -> start.close(reason));
    }

    /**
     * What becomes of it if the server's process ends now: what runs, or is about to, is lost. Else
     * it sleeps on, and what is lost has not been told yet, or is lost for ever.
     */
    synchronized SessionFile.Remains remains() {
        boolean running = current != null || waking;
        Optional<String> loss = running ? Optional.of(KILLED) : notices.loss();
        return new SessionFile.Remains(
                running || asleep == null
                        ? Optional.empty()
                        : Optional.of(
                                new SessionFile.Sleeper(id, bornAt(), asleep.since(), lineage)),
                loss.map(reason -> new SessionFile.Loss(id, reason)));
    }

    /** Since when there has been a computer; empty if there is none. */
    synchronized Optional<Instant> born() {
        return current == null && asleep == null ? Optional.empty() : Optional.of(bornAt());
    }

    private Instant bornAt() {
        return clock.now().minus(age());
    }

    /** As {@link Notices#take}. */
    synchronized Optional<String> takeNotice(String rescue) {
        return notices.take(rescue);
    }

    /** As {@link Notices#clear}. */
    synchronized void clearNotices() {
        notices.clear();
    }

    /** What sleeps, or slept until what is about to wake runs. */
    private synchronized @Nullable SuspendedImage asleep() {
        return asleep;
    }

    synchronized List<String> lineage() {
        return lineage;
    }

    synchronized boolean isGone() {
        return notices.isGone();
    }

    /** How long it has been there, its sleep included. */
    synchronized Duration age() {
        return Duration.ofNanos(clock.nanos() - born);
    }

    /** How much of its lifetime is left. */
    Duration remaining() {
        Duration left = limits.lifetime().minus(age());
        return left.isNegative() ? Duration.ZERO : left;
    }

    /** In a word, how it is. */
    synchronized String state() {
        if (notices.isGone()) {
            return "gone";
        }
        if (current != null) {
            return current.isRunning() ? "running" : "starting";
        }
        return asleep != null ? "suspended" : "not started";
    }
}
