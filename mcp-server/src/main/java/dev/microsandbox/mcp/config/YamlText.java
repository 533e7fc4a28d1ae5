package dev.microsandbox.mcp.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Writes values as YAML, with the origin of each in a comment. */
final class YamlText {

    /** Text that YAML accepts without quotes as a string, a number or a boolean. */
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9/][A-Za-z0-9_./-]*");

    private YamlText() {}

    /**
     * @param values by their dotted keys; those with the same parent follow one another
     */
    static String of(Map<String, Value> values) {
        List<String[]> lines = new ArrayList<>();
        List<String> open = List.of();
        for (Map.Entry<String, Value> entry : values.entrySet()) {
            List<String> path = List.of(entry.getKey().split("\\.", -1));
            List<String> parents = path.subList(0, path.size() - 1);
            for (int depth = common(open, parents); depth < parents.size(); depth++) {
                lines.add(new String[] {indent(depth) + parents.get(depth) + ":", ""});
            }
            open = parents;
            // The file is found through home, so it cannot set home.
            String start = entry.getKey().equals("home") ? "# home: " : path.getLast() + ": ";
            lines.add(
                    new String[] {
                        indent(parents.size()) + start + yaml(entry.getValue().text()),
                        entry.getValue().origin().toString()
                    });
        }
        int width = lines.stream().mapToInt(line -> line[0].length()).max().orElse(0);
        StringBuilder yaml = new StringBuilder();
        for (String[] line : lines) {
            yaml.append(line[0]);
            if (!line[1].isEmpty()) {
                yaml.repeat(' ', width - line[0].length() + 2).append("# ").append(line[1]);
            }
            yaml.append('\n');
        }
        return yaml.toString();
    }

    private static int common(List<String> a, List<String> b) {
        int count = 0;
        while (count < a.size() && count < b.size() && a.get(count).equals(b.get(count))) {
            count++;
        }
        return count;
    }

    private static String indent(int depth) {
        return "  ".repeat(depth);
    }

    private static String yaml(String text) {
        return PLAIN.matcher(text).matches()
                ? text
                : '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
