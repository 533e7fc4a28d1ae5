package dev.microsandbox.mcp.tools.search;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A search query.
 *
 * @param pattern a regular expression in ripgrep's syntax; if empty, the query finds files by name
 * @param glob selects files, with the syntax of .gitignore
 * @param ignoreCase whether upper and lower case are the same
 * @param literal whether the pattern is plain text
 * @param context number of lines to show before and after each match
 * @param unrestricted whether hidden and ignored files are searched too
 */
public record Query(
        Optional<String> pattern,
        Optional<String> glob,
        boolean ignoreCase,
        boolean literal,
        int context,
        boolean unrestricted) {

    /** The name of the ripgrep file type that {@code glob} defines. */
    private static final String SELECTION = "selection";

    /** Matches look-around and back-references, which only ripgrep's slower engine supports. */
    private static final Pattern BEYOND_THE_USUAL = Pattern.compile("\\(\\?<?[=!]|\\\\[1-9]");

    /** The command that searches for the pattern and prints ripgrep's JSON lines. */
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

    /** The command that prints the time, size and name of each file, terminated by NUL. */
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
                    // --glob overrides .gitignore; a type does not, but it matches file names only.
                    if (g.contains("/") || g.startsWith("!")) {
                        options.add("--glob=" + g);
                    } else {
                        options.add("--type-add=" + SELECTION + ":" + g);
                        options.add("--type=" + SELECTION);
                    }
                    // A glob would include hidden files, too.
                    if (!unrestricted && !g.substring(g.lastIndexOf('/') + 1).startsWith(".")) {
                        options.add("--glob=!.*");
                    }
                });
        return options;
    }
}
