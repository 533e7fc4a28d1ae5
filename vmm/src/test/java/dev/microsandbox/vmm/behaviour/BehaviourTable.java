package dev.microsandbox.vmm.behaviour;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Reads a table of cases; {@code behaviour/README.md} among the test resources has the format. */
final class BehaviourTable {

    /**
     * A case.
     *
     * @param steps run one after the other in one interpreter
     */
    record Case(String name, List<Step> steps) {}

    /** Some code and what is expected of it. */
    record Step(String code, List<Section> expectations) {}

    /**
     * A section.
     *
     * @param heading what follows {@code ---}, for example {@code stdout contains}
     * @param text the lines below it
     */
    record Section(String heading, String text) {}

    private BehaviourTable() {}

    static List<Case> read(String resource) throws IOException {
        try (InputStream in = BehaviourTable.class.getResourceAsStream("/behaviour/" + resource)) {
            if (in == null) {
                throw new IOException("no resource behaviour/" + resource);
            }
            return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    static List<Case> parse(String table) {
        String[] parts = ("\n" + table).split("\n=== ", -1);
        // What stands before the first case is comment.
        return Arrays.stream(parts).skip(1).map(BehaviourTable::parseCase).toList();
    }

    private static Case parseCase(String text) {
        String[] parts = text.split("\n--- ", -1);
        List<Step> steps = new ArrayList<>();
        for (int i = 1; i < parts.length; i++) {
            Section section = parseSection(parts[i]);
            if (section.heading().equals("code")) {
                steps.add(new Step(section.text(), new ArrayList<>()));
            } else if (steps.isEmpty()) {
                throw new IllegalArgumentException(parts[0] + " does not begin with code");
            } else {
                steps.getLast().expectations().add(section);
            }
        }
        return new Case(parts[0].strip(), steps);
    }

    private static Section parseSection(String text) {
        int end = text.indexOf('\n');
        String heading = end < 0 ? text : text.substring(0, end);
        String body = end < 0 ? "" : text.substring(end + 1);
        return new Section(heading.strip(), unescape(body.replaceAll("\n+$", "")));
    }

    /** A backslash before a line that would be a heading makes it text. */
    private static String unescape(String text) {
        return text.replaceAll("(?m)^\\\\(---|===) ", "$1 ");
    }
}
