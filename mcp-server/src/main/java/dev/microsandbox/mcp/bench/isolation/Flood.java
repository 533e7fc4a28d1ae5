package dev.microsandbox.mcp.bench.isolation;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A way to keep a session busier than it should be, of which {@link IsolationBench} makes seven.
 */
public enum Flood {
    /** As much output as can be made. */
    OUTPUT("output", 1),
    /** A processor used up. */
    CPU("cpu", 1),
    /** Small calls, one after the other, four at a time. */
    CALLS("calls", 4),
    /** A large answer whose reader is slow. */
    READER("reader", 1),
    /** Calls that do nothing until their time-out, eight at a time. */
    HANG("hang", 8),
    /** All of these. */
    MIXED("mixed", 0);

    private final String key;
    private final int atOnce;

    Flood(String key, int atOnce) {
        this.key = key;
        this.atOnce = atOnce;
    }

    /** Its name on the command line and in a report. */
    public String key() {
        return key;
    }

    /** How many calls a session makes at the same time. */
    int atOnce() {
        return atOnce;
    }

    /** What is called. */
    String tool() {
        return this == READER ? "read_file" : "run_command";
    }

    /** Those of the call. */
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

    /** What the session with this number does: of a mixed flood each does something else. */
    Flood ofSession(int number) {
        List<Flood> single = List.of(OUTPUT, CPU, CALLS, READER, HANG);
        return this == MIXED ? single.get(number % single.size()) : this;
    }

    /** All names, for people. */
    public static String keys() {
        return Arrays.stream(values()).map(Flood::key).collect(Collectors.joining(", "));
    }

    /**
     * Reads a list of names with commas.
     *
     * @return empty if one of them is none
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
