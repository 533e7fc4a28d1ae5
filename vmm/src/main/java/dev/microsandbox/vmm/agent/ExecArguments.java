package dev.microsandbox.vmm.agent;

import dev.microsandbox.vmm.ExecRequest;
import dev.microsandbox.vmm.GuestException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Encodes the arguments that commands and jobs have in common. */
final class ExecArguments {

    private ExecArguments() {}

    /** Program, environment and directory. */
    static PayloadWriter write(PayloadWriter out, ExecRequest request) {
        List<String> environment = new ArrayList<>();
        request.environment().forEach((name, value) -> environment.add(name + "=" + value));
        return out.strings(request.command())
                .strings(environment)
                .str(request.directory() == null ? "" : request.directory());
    }

    static int user(ExecRequest request) {
        return request.user() == ExecRequest.User.ROOT ? 1 : 0;
    }

    /** A time-out in milliseconds, 0 for none. */
    static int millis(@Nullable Duration timeout) {
        if (timeout == null) {
            return 0;
        }
        long millis = timeout.toMillis();
        if (millis < 1 || millis > Integer.MAX_VALUE) {
            throw new GuestException(
                    GuestException.BAD_ARGUMENT,
                    "a time-out must be 1 ms to " + Integer.MAX_VALUE + " ms, not " + millis);
        }
        return (int) millis;
    }
}
