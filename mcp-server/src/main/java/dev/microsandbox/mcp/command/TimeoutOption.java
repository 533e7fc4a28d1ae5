package dev.microsandbox.mcp.command;

import dev.microsandbox.mcp.units.Durations;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** The option {@code --timeout}. */
public final class TimeoutOption {

    private static final String NAME = "--timeout";

    private TimeoutOption() {}

    public static OptionSpec option() {
        return CommandSpecs.option(
                "TIME",
                "Stop it after this time, for example 30s or 5m (never); exit code 124.",
                NAME);
    }

    public static @Nullable Duration read(ParseResult arguments) {
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
            // Rejected below, like a time of 0.
        }
        throw new ParameterException(
                arguments.commandSpec().commandLine(),
                NAME + " must be " + Durations.SYNTAX + ", not \"" + text + "\"");
    }
}
