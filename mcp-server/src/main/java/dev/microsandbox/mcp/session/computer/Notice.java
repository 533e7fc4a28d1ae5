package dev.microsandbox.mcp.session.computer;

import dev.microsandbox.mcp.units.Durations;
import java.time.Duration;
import java.util.Optional;

/** What the next call of a computer must be told. */
sealed interface Notice {

    /** There is nothing to tell. */
    record None() implements Notice {}

    /** The computer was suspended for some time. */
    record WasSuspended(Duration time) implements Notice {}

    /**
     * The computer lost its sandbox and all state in it.
     *
     * @param reason completes "The sandbox …"
     */
    record SandboxLoss(String reason) implements Notice {}

    static Notice none() {
        return new None();
    }

    /** Adds that the computer was suspended. A loss takes precedence. */
    default Notice andWasSuspended(Duration time) {
        return this instanceof SandboxLoss
                ? this
                : new WasSuspended(time.isNegative() ? Duration.ZERO : time);
    }

    /** Why the previous sandbox was lost; empty if it was not. */
    default Optional<String> loss() {
        return this instanceof SandboxLoss(String reason) ? Optional.of(reason) : Optional.empty();
    }

    /**
     * The notice as text for people.
     *
     * @param recoveryHint a sentence that says how the agent can recover from a loss; may be empty
     */
    default Optional<String> text(String recoveryHint) {
        return switch (this) {
            case None _ -> Optional.empty();
            case WasSuspended(Duration time) ->
                    Optional.of(
                            "The computer was suspended for %s while nobody used it, and goes on. Variables, files and processes are as they were, its clock is right; nothing is lost."
                                    .formatted(Durations.roughly(time)));
            case SandboxLoss(String reason) ->
                    Optional.of(
                            "The sandbox %s; a new one was started. Earlier variables, files and processes are gone.%s"
                                    .formatted(reason, recoveryHint));
        };
    }
}
