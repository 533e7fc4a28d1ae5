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

/** Reads a table of cases; {@code behaviour/README.md} among the test resources has the format. */
final class BehaviourTable {

    /** What a case says of itself before its code. */
    enum Tag {
        /** It runs in an interpreter of its own, which nothing else uses. */
        ALONE,
        /** It is one of the few that are run wherever all of them would take too long. */
        BASIC
    }

    /**
     * A case.
     *
     * @param steps run one after the other in one interpreter
     */
    record Case(String name, Set<Tag> tags, List<Step> steps) {}

    /** Some code and what is expected of it. */
    record Step(String code, List<Section> expectations) {}

    /**
     * A section.
     *
     * @param heading what follows {@code ---}, for example {@code stdout contains}
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
        // What stands before the first case is comment.
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
     * A backslash before a line that would be a heading makes it text; characters that cannot be
     * seen are written as their code points.
     */
    private static String unescape(String text) {
        return CODE_POINT
                .matcher(text.replaceAll("(?m)^\\\\(---|===) ", "$1 "))
                .replaceAll(point -> Character.toString(Integer.parseInt(point.group(1), 16)));
    }
}
