package dev.microsandbox.mcp.tools.search;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What is looked for.
 *
 * @param pattern a regular expression in ripgrep's syntax; without it, files by name
 * @param glob which files, as in .gitignore
 * @param literal whether the pattern is plain text
 * @param context lines to show around each that matches
 * @param unrestricted whether hidden and ignored files count too
 */
public record Query(
        Optional<String> pattern,
        Optional<String> glob,
        boolean ignoreCase,
        boolean literal,
        int context,
        boolean unrestricted) {

    /** The name of the selection of files that {@code glob} makes. */
    private static final String SELECTION = "selection";

    /** Look-around and references back, which only the slower of ripgrep's engines has. */
    private static final Pattern BEYOND_THE_USUAL = Pattern.compile("\\(\\?<?[=!]|\\\\[1-9]");

    /** A command that prints files with the pattern as ripgrep's JSON lines. */
    public List<String> search(String target) {
        List<String> command = new ArrayList<>(List.of("rg", "--json", "--crlf", "--sort=path"));
        if (ignoreCase) {
            command.add("--ignore-case");
        }
        if (literal) {
            command.add("--fixed-strings");
        } else if (BEYOND_THE_USUAL.matcher(pattern.orElseThrow()).find()) {
            command.add("--pcre2");
        }
        command.add("--context=" + context);
        command.addAll(selection());
        command.add("--regexp=" + pattern.orElseThrow());
        command.addAll(List.of("--", target));
        return command;
    }

    /** A command that prints time, size and name of files, each ended by NUL. */
    public List<String> list(String target) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "bash",
                                "-c",
                                "set -o pipefail; rg --files --null \"$@\""
                                        + " | xargs -0 -r stat --printf '%.9Y %s %n\\0' --",
                                "rg"));
        command.addAll(selection());
        command.addAll(List.of("--", target));
        return command;
    }

    private List<String> selection() {
        List<String> options = new ArrayList<>(List.of("--no-config", "--no-require-git"));
        if (unrestricted) {
            options.addAll(List.of("--hidden", "--no-ignore"));
        }
        glob.ifPresent(
                g -> {
                    // --glob overrides .gitignore, a type does not; but a type sees names only.
                    if (g.contains("/") || g.startsWith("!")) {
                        options.add("--glob=" + g);
                    } else {
                        options.add("--type-add=" + SELECTION + ":" + g);
                        options.add("--type=" + SELECTION);
                    }
                    // A glob would let hidden files in, too.
                    if (!unrestricted && !g.substring(g.lastIndexOf('/') + 1).startsWith(".")) {
                        options.add("--glob=!.*");
                    }
                });
        return options;
    }
}
