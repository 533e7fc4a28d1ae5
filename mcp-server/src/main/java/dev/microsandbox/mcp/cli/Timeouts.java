package dev.microsandbox.mcp.cli;

import dev.microsandbox.mcp.units.Durations;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** The option {@code --timeout}. */
final class Timeouts {

    private static final String NAME = "--timeout";

    private Timeouts() {}

    static OptionSpec option() {
        return Specs.option(
                "TIME",
                "Stop it after this time, for example 30s or 5m (never); exit code 124.",
                NAME);
    }

    static @Nullable Duration read(ParseResult arguments) {
        String text = arguments.matchedOptionValue(NAME, "");
        if (text.isEmpty()) {
            return null;
        }
        try {
            Duration timeout = Durations.parse(text);
            if (timeout.isPositive()) {
                return timeout;
            }
        } catch (IllegalArgumentException e) {
            // Refused below, like a time of 0.
        }
        throw new ParameterException(
                arguments.commandSpec().commandLine(),
                NAME + " must be " + Durations.SYNTAX + ", not \"" + text + "\"");
    }
}
