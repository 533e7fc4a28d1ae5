package dev.microsandbox.mcp.bench.isolation;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A kind of excessive load that a session can produce. {@link IsolationBench} runs seven such
 * sessions.
 */
public enum Flood {
    /** As much output as possible. */
    OUTPUT("output", 1),
    /** A fully used processor. */
    CPU("cpu", 1),
    /** Continuous small calls, four at a time. */
    CALLS("calls", 4),
    /** A large answer that the client reads slowly. */
    READER("reader", 1),
    /** Calls that do nothing until their time-out, eight at a time. */
    HANG("hang", 8),
    /** A different one of these in each session. */
    MIXED("mixed", 0);

    private final String key;
    private final int atOnce;

    Flood(String key, int atOnce) {
        this.key = key;
        this.atOnce = atOnce;
    }

    /** The name on the command line and in the report. */
    public String key() {
        return key;
    }

    /** How many calls a session makes at once. */
    int atOnce() {
        return atOnce;
    }

    /** The tool that is called. */
    String tool() {
        return this == READER ? "read_file" : "run_command";
    }

    /** The arguments of the call. */
    Map<String, Object> arguments() {
        return switch (this) {
            case OUTPUT -> command("yes");
            case CPU -> command("while :; do :; done");
            case HANG -> command("sleep 60");
            case CALLS -> Map.of("command", "true");
            case READER ->
                    Map.of(
                            "path",
                            "large",
                            "encoding",
                            "base64",
                            "length",
                            FloodingSession.FILE_BYTES);
            case MIXED -> throw new IllegalStateException("each session has a flood of its own");
        };
    }

    private static Map<String, Object> command(String command) {
        return Map.of("command", command, "timeout", 4);
    }

    /** The flood of the session with this number. In a mixed flood, the sessions differ. */
    Flood ofSession(int number) {
        List<Flood> single = List.of(OUTPUT, CPU, CALLS, READER, HANG);
        return this == MIXED ? single.get(number % single.size()) : this;
    }

    /** All names, for people. */
    public static String keys() {
        return Arrays.stream(values()).map(Flood::key).collect(Collectors.joining(", "));
    }

    /**
     * Parses a comma-separated list of names.
     *
     * @return empty if one of the names is unknown
     */
    public static Optional<Set<Flood>> parse(String list) {
        Set<Flood> floods = EnumSet.noneOf(Flood.class);
        for (String name : List.of(list.split(",", -1))) {
            Optional<Flood> flood =
                    Arrays.stream(values()).filter(one -> one.key.equals(name.strip())).findFirst();
            if (flood.isEmpty()) {
                return Optional.empty();
            }
            floods.add(flood.get());
        }
        return Optional.of(floods);
    }
}
