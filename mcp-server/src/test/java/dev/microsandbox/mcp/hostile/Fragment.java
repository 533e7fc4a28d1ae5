package dev.microsandbox.mcp.hostile;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A payload or a wrapper of {@code src/test/resources/hostile}.
 *
 * @param name the name, unique in its file
 */
record Fragment(String name, Set<Tag> tags, String code) {

    private static final String HEAD = "=== ";

    /** Reads the fragments of a resource file. */
    static List<Fragment> read(String file) {
        try (InputStream in = Fragment.class.getResourceAsStream("/hostile/" + file)) {
            if (in == null) {
                throw new IllegalArgumentException("no " + file);
            }
            return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new IllegalStateException("cannot read " + file, e);
        }
    }

    static List<Fragment> parse(String text) {
        List<Fragment> all = new ArrayList<>();
        String head = "";
        StringBuilder code = new StringBuilder();
        for (String line : (text + "\n" + HEAD).split("\n", -1)) {
            if (!line.startsWith(HEAD)) {
                code.append(line).append('\n');
                continue;
            }
            if (!head.isEmpty()) {
                all.add(fragment(head, code.toString().strip()));
            }
            head = line.substring(HEAD.length());
            code.setLength(0);
        }
        return all;
    }

    /** Parses "name: tag tag". The name may contain colons, too. */
    private static Fragment fragment(String head, String code) {
        Set<Tag> tags = EnumSet.noneOf(Tag.class);
        int colon = head.lastIndexOf(": ");
        String name = head;
        if (colon >= 0) {
            name = head.substring(0, colon);
            for (String tag : head.substring(colon + 2).split(" ", -1)) {
                tags.add(Tag.valueOf(tag.toUpperCase(Locale.ROOT)));
            }
        }
        return new Fragment(name, tags, code);
    }

    /** This wrapper around a payload. */
    String around(String payload) {
        StringBuilder whole = new StringBuilder();
        for (String line : code.split("\n", -1)) {
            if (line.strip().equals("@@")) {
                String indent = line.substring(0, line.indexOf('@'));
                for (String inner : payload.split("\n", -1)) {
                    whole.append(indent).append(inner).append('\n');
                }
            } else {
                whole.append(line).append('\n');
            }
        }
        return whole.toString();
    }
}
