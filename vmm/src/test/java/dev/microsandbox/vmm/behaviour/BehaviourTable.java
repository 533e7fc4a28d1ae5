package dev.microsandbox.vmm.behaviour;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Reads a table of cases. The format is documented in {@code behaviour/README.md} in the test
 * resources.
 */
final class BehaviourTable {

    /** A tag that a case declares before its code. */
    enum Tag {
        /** The case runs in an interpreter of its own. */
        ALONE,
        /** The case is one of the few that run on hosts where all cases would take too long. */
        BASIC
    }

    /**
     * A case.
     *
     * @param steps that run one after the other in the same interpreter
     */
    record Case(String name, Set<Tag> tags, List<Step> steps) {}

    /** Some code and its expected results. */
    record Step(String code, List<Section> expectations) {}

    /**
     * A section.
     *
     * @param heading the text after {@code ---}, for example {@code stdout contains}
     * @param text the lines below it
     */
    record Section(String heading, String text) {}

    private static final Pattern CODE_POINT = Pattern.compile("<U\\+([0-9A-F]{4})>");

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
        // Everything before the first case is a comment.
        return Arrays.stream(parts).skip(1).map(BehaviourTable::parseCase).toList();
    }

    private static Case parseCase(String text) {
        String[] parts = text.split("\n--- ", -1);
        Set<Tag> tags = EnumSet.noneOf(Tag.class);
        List<Step> steps = new ArrayList<>();
        for (int i = 1; i < parts.length; i++) {
            Section section = parseSection(parts[i]);
            if (section.heading().equals("code")) {
                steps.add(new Step(section.text(), new ArrayList<>()));
            } else if (steps.isEmpty()) {
                tags.add(Tag.valueOf(section.heading().toUpperCase(Locale.ROOT)));
            } else {
                steps.getLast().expectations().add(section);
            }
        }
        return new Case(parts[0].strip(), tags, steps);
    }

    private static Section parseSection(String text) {
        int end = text.indexOf('\n');
        String heading = end < 0 ? text : text.substring(0, end);
        String body = end < 0 ? "" : text.substring(end + 1);
        return new Section(heading.strip(), unescape(body.replaceAll("\n+$", "")));
    }

    /**
     * Removes the backslash that turns a heading into text, and decodes the code points of
     * invisible characters.
     */
    private static String unescape(String text) {
        return CODE_POINT
                .matcher(text.replaceAll("(?m)^\\\\(---|===) ", "$1 "))
                .replaceAll(point -> Character.toString(Integer.parseInt(point.group(1), 16)));
    }
}
