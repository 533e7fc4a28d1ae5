package dev.microsandbox.mcp.session;

import dev.microsandbox.mcp.units.Durations;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the next call of a computer has to be told: that its state is lost, or that it slept. A fork
 * that is lost stays so; the session's own computer gets another sandbox. Not thread-safe.
 */
final class Notices {

    private final String id;
    private @Nullable String loss;
    private @Nullable String sleep;
    private boolean gone;

    Notices(String id) {
        this.id = id;
    }

    /**
     * Its sandbox is gone, with all that was in it.
     *
     * @param reason completes "The sandbox …"
     */
    void lost(String reason) {
        sleep = null;
        loss = reason;
        gone = !id.isEmpty();
    }

    void slept(Duration time) {
        sleep =
                "The computer was suspended for %s while nobody used it, and goes on. Variables, files and processes are as they were, its clock is right; nothing is lost."
                        .formatted(Durations.roughly(time.isNegative() ? Duration.ZERO : time));
    }

    /** What went before is of no account any more. */
    void clear() {
        loss = null;
        sleep = null;
    }

    /** Whether there will never be another sandbox. */
    boolean isGone() {
        return gone;
    }

    /**
     * Refuses a call of a fork that is lost.
     *
     * @throws SessionException if it is
     */
    void checkNotGone() {
        if (gone) {
            throw new SessionException(
                    "Computer %s %s; its variables, files and processes are gone. Make another with fork, or leave the argument computer out for the session's own."
                            .formatted(id, loss));
        }
    }

    /** What is lost and has not been told yet, or is lost for ever. */
    Optional<String> loss() {
        return Optional.ofNullable(loss);
    }

    /**
     * What the next call has to be told; once.
     *
     * @param rescue what a loss can be made good with
     */
    Optional<String> take(String rescue) {
        Optional<String> notice =
                loss == null
                        ? Optional.ofNullable(sleep)
                        : Optional.of(
                                "The sandbox %s; a new one was started. Earlier variables, files and processes are gone.%s"
                                        .formatted(loss, rescue));
        clear();
        return notice;
    }
}
