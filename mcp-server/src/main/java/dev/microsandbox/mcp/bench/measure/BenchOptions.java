package dev.microsandbox.mcp.bench.measure;

import dev.microsandbox.mcp.command.CommandException;
import dev.microsandbox.mcp.command.CommandSpecs;
import dev.microsandbox.mcp.command.Terminal;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** The options that all benchmarks share: the format of the report, and numbers of runs. */
public final class BenchOptions {

    private static final String AS_JSON = "--json";

    private BenchOptions() {}

    /** Adds {@code --json}. */
    public static void addTo(CommandSpec spec) {
        spec.addOption(CommandSpecs.flag("Print one JSON object instead of a table.", AS_JSON));
    }

    /** Prints a report as JSON if {@code --json} was given, else as a table. */
    public static void print(Terminal terminal, ParseResult arguments, String json, String table) {
        terminal.print(arguments.hasMatchedOption(AS_JSON) ? json + "\n" : table);
    }

    /** Reads an option that is a number of runs. */
    public static int count(ParseResult arguments, String option, int fallback) {
        String text = arguments.matchedOptionValue(option, Integer.toString(fallback));
        try {
            int count = Integer.parseInt(text);
            if (count >= 1 && count <= 1000) {
                return count;
            }
        } catch (NumberFormatException e) {
            // Rejected below, like a number out of range.
        }
        throw new CommandException(
                "%s must be a whole number from 1 to 1000, not \"%s\"".formatted(option, text));
    }
}
