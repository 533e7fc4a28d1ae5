package dev.microsandbox.mcp.session.computer;

import dev.microsandbox.mcp.units.Durations;
import java.time.Duration;
import java.util.Optional;

/** What the next call of a computer has to be told. */
sealed interface Notice {

    /** Nothing. */
    record None() implements Notice {}

    /** It slept. */
    record Slept(Duration time) implements Notice {}

    /**
     * It lost its sandbox, with all that was in it.
     *
     * @param reason completes "The sandbox …"
     */
    record Loss(String reason) implements Notice {}

    static Notice none() {
        return new None();
    }

    /** This, and that the computer slept: a loss says more. */
    default Notice andSlept(Duration time) {
        return this instanceof Loss ? this : new Slept(time.isNegative() ? Duration.ZERO : time);
    }

    /** Why the sandbox before was lost, if it was. */
    default Optional<String> loss() {
        return this instanceof Loss(String reason) ? Optional.of(reason) : Optional.empty();
    }

    /**
     * For people.
     *
     * @param rescue what a loss can be made good with
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
