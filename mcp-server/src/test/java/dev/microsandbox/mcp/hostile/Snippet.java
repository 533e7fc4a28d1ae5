package dev.microsandbox.mcp.hostile;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Hostile code, and how to run it.
 *
 * @param seed the seed from which the snippet can be generated again
 * @param language a language of {@code run_code}, or {@link #COMMAND}
 * @param names the names of its fragments
 * @param stdin standard input; empty for none
 * @param seconds the time-out in seconds
 * @param moment when the disturbance happens, in milliseconds after the start
 */
record Snippet(
        long seed,
        String language,
        List<String> names,
        Set<Tag> tags,
        String code,
        String stdin,
        double seconds,
        Manner manner,
        int moment) {

    /** Marks a snippet for {@code run_command}. */
    static final String COMMAND = "command";

    /** The disturbance of the call. */
    enum Manner {
        /** Nothing. */
        ALONE,
        /** The client cancels it. */
        CANCELLED,
        /** The client drops the connection. */
        DISCONNECTED,
        /** The interpreters are reset while the call runs. */
        RESET,
        /** A command runs at the same time. */
        BESIDE,
        /** File tools are called with odd paths while the call runs. */
        FILES,
        /** A checkpoint was made before the call and is restored while it runs. */
        RESTORED,
        /** A checkpoint was made before the call and is restored afterwards. */
        RESTORED_AFTER
    }

    /** The same snippet with a longer time-out. */
    Snippet slowed(double factor) {
        return new Snippet(
                seed,
                language,
                names,
                tags,
                code,
                stdin,
                seconds * factor,
                manner,
                (int) (moment * factor));
    }

    boolean has(Tag tag) {
        return tags.contains(tag);
    }

    String tool() {
        return language.equals(COMMAND) ? "run_command" : "run_code";
    }

    Map<String, Object> arguments() {
        Map<String, Object> arguments = new HashMap<>();
        arguments.put("timeout", seconds);
        if (!stdin.isEmpty()) {
            arguments.put("stdin", stdin);
        }
        if (language.equals(COMMAND)) {
            arguments.put("command", code);
        } else {
            arguments.put("code", code);
            arguments.put("language", language);
        }
        return arguments;
    }

    @Override
    public String toString() {
        return "seed %d, %s, %s, %.1f s, %s: %s%n%s"
                .formatted(seed, language, tags, seconds, manner, names, shortened(code));
    }

    private static String shortened(String code) {
        return code.length() <= 3000 ? code : code.substring(0, 3000) + "\n…";
    }
}
