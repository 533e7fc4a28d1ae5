package dev.microsandbox.mcp.hostile;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Code that means harm, and how it is to be run.
 *
 * @param seed that it was made of, and can be made of again
 * @param language as {@code run_code} knows it, or {@link #COMMAND}
 * @param names of the fragments in it
 * @param stdin empty for none
 * @param seconds its time-out
 * @param moment when something happens to the call, in milliseconds after its start
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

    /** For {@code run_command}. */
    static final String COMMAND = "command";

    /** What happens to the call. */
    enum Manner {
        /** Nothing. */
        ALONE,
        /** The client cancels it. */
        CANCELLED,
        /** The client drops the connection. */
        DISCONNECTED,
        /** The interpreters are reset meanwhile. */
        RESET,
        /** A command runs beside it. */
        BESIDE,
        /** File tools are used on odd paths meanwhile. */
        FILES,
        /** The computer was saved before, and is put back while it runs. */
        RESTORED,
        /** The computer was saved before, and is put back afterwards. */
        RESTORED_AFTER
    }

    /** The same with more time. */
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
