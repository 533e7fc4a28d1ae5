package dev.microsandbox.vmm.agent.stream;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How long a call may last, whatever its agent says.
 *
 * @param time how long; null for a call that is meant to last, such as a terminal's
 * @param renewed whether each byte that is taken, or accepted by the agent, begins the time anew
 */
public record CallLimit(@Nullable Duration time, boolean renewed) {

    /** The limit of a call whose agent was told a time-out, or null for none. */
    public static CallLimit of(@Nullable Duration timeout, Duration grace) {
        return new CallLimit(timeout == null ? null : timeout.plus(grace), false);
    }

    /** The limit of an operation that ends by itself. */
    public static CallLimit operation(Patience patience) {
        return new CallLimit(patience.operation(), false);
    }

    /** The limit of an operation that lasts as long as there are bytes to move. */
    public static CallLimit transfer(Patience patience) {
        return new CallLimit(patience.operation(), true);
    }
}
