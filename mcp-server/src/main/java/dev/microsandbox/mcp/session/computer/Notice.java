package dev.microsandbox.mcp.session.computer;

import dev.microsandbox.mcp.units.Durations;
import java.time.Duration;
import java.util.Optional;

/** What the next call of a computer must be told. */
sealed interface Notice {

    /** There is nothing to tell. */
    record None() implements Notice {}

    /** The computer was suspended for some time. */
    record Slept(Duration time) implements Notice {}

    /**
     * The computer lost its sandbox and all state in it.
     *
     * @param reason completes "The sandbox …"
     */
    record Loss(String reason) implements Notice {}

    static Notice none() {
        return new None();
    }

    /** Adds that the computer was suspended. A loss takes precedence. */
    default Notice andSlept(Duration time) {
        return this instanceof Loss ? this : new Slept(time.isNegative() ? Duration.ZERO : time);
    }

    /** Why the previous sandbox was lost; empty if it was not. */
    default Optional<String> loss() {
        return this instanceof Loss(String reason) ? Optional.of(reason) : Optional.empty();
    }

    /**
     * The notice as text for people.
     *
     * @param rescue a sentence that says how the agent can recover from a loss; may be empty
     */
    default Optional<String> text(String rescue) {
        return switch (this) {
            case None _ -> Optional.empty();
            case Slept(Duration time) ->
                    Optional.of(
                            "The computer was suspended for %s while nobody used it, and goes on. Variables, files and processes are as they were, its clock is right; nothing is lost."
                                    .formatted(Durations.roughly(time)));
            case Loss(String reason) ->
                    Optional.of(
                            "The sandbox %s; a new one was started. Earlier variables, files and processes are gone.%s"
                                    .formatted(reason, rescue));
        };
    }
}
