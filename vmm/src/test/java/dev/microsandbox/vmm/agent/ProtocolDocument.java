package dev.microsandbox.vmm.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The numbers of docs/agent-protocol.md: the rows of every table whose second column is called
 * value, and the headings of operations.
 */
final class ProtocolDocument {

    /** The title of each table, with the prefix of its names in the sources. */
    private static final Map<String, String> PREFIXES =
            Map.ofEntries(
                    Map.entry("frame", "FRAME_"),
                    Map.entry("channel", "CHANNEL_"),
                    Map.entry("status", "STATUS_"),
                    Map.entry("user", "USER_"),
                    Map.entry("outcome", "OUTCOME_"),
                    Map.entry("state", "STATE_"),
                    Map.entry("interpreter", "INTERPRETER_"),
                    Map.entry("exit kind", "EXIT_"),
                    Map.entry("flag", "WRITE_"),
                    Map.entry("file type", "FILE_TYPE_"),
                    Map.entry("record", "RECORD_"),
                    Map.entry("runner frame", "RUNNER_"),
                    Map.entry("limit", ""),
                    Map.entry("time", ""),
                    Map.entry("text", ""));

    private static final Pattern OPERATION = Pattern.compile("### (\\d+) ([A-Z_]+)");
    private static final Map<String, Long> UNITS = Map.of("", 1L, "KiB", 1L << 10, "MiB", 1L << 20);

    private final Map<String, String> agent = new TreeMap<>();
    private final Map<String, String> host = new TreeMap<>();

    private ProtocolDocument() {}

    static ProtocolDocument read(Path file) throws IOException {
        ProtocolDocument document = new ProtocolDocument();
        List<String> header = List.of();
        Map<String, String> seen = new TreeMap<>();
        for (String line : Files.readAllLines(file)) {
            Matcher operation = OPERATION.matcher(line);
            if (operation.matches()) {
                document.add("both", "OPERATION_" + operation.group(2), operation.group(1));
            }
            if (!line.startsWith("|")) {
                header = List.of();
                continue;
            }
            List<String> row = cells(line);
            if (header.isEmpty()) {
                header = row;
            } else if (header.get(1).equals("value") && !row.get(0).startsWith("---")) {
                assertThat(PREFIXES).as("tables of numbers").containsKey(header.get(0));
                seen.put(header.get(0), line);
                document.add(header, row);
            }
        }
        assertThat(seen.keySet()).containsExactlyInAnyOrderElementsOf(PREFIXES.keySet());
        return document;
    }

    /** The numbers that one side uses, including those that both use. */
    Map<String, String> of(String side) {
        return side.equals("agent") ? agent : host;
    }

    private void add(List<String> header, List<String> row) {
        assertThat(row).hasSameSizeAs(header);
        String name = row.get(0);
        assertThat(name).as("a name").matches("`[A-Z][A-Z0-9_]*`");
        int side = header.indexOf("side");
        String of =
                side >= 0 ? row.get(side) : header.get(0).equals("runner frame") ? "agent" : "both";
        add(of, PREFIXES.get(header.get(0)) + unquoted(name), value(row.get(1)));
    }

    private void add(String side, String name, String value) {
        assertThat(side).as("the side of " + name).isIn("both", "agent", "host");
        if (!side.equals("host")) {
            assertThat(agent.put(name, value)).as("an earlier value of " + name).isNull();
        }
        if (!side.equals("agent")) {
            assertThat(host.put(name, value)).as("an earlier value of " + name).isNull();
        }
    }

    private static List<String> cells(String line) {
        return Stream.of(line.substring(1).split("\\|")).map(String::strip).toList();
    }

    /** 65 536, 0x1000, 07777, 8 MiB, 2³¹−1, 2⁶⁴−1 or `text`. */
    private static String value(String text) {
        if (text.startsWith("`")) {
            return unquoted(text);
        }
        if (text.equals("2³¹−1")) {
            return Integer.toString(Integer.MAX_VALUE);
        }
        if (text.equals("2⁶⁴−1")) {
            return "-1";
        }
        Matcher number =
                Pattern.compile("(0x[0-9a-f]+|[0-9]+(?:[ \u00a0][0-9]{3})*) ?([KM]iB|)")
                        .matcher(text);
        assertThat(number.matches()).as("a value: " + text).isTrue();
        long digits = Long.decode(number.group(1).replaceAll("[ \u00a0]", ""));
        return Long.toString(digits * Objects.requireNonNull(UNITS.get(number.group(2))));
    }

    private static String unquoted(String text) {
        return text.substring(1, text.length() - 1);
    }
}
