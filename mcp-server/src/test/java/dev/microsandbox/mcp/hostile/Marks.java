package dev.microsandbox.mcp.hostile;

import java.util.HashMap;
import java.util.Map;

/**
 * A variable in each interpreter of a session whose value is known, and with it whether state that
 * is said to be kept is there. For one thread at a time.
 */
final class Marks {

    /** What looking for the mark found. */
    enum Finding {
        /** The value that was set last. */
        RIGHT,
        /** The variable is not there: the interpreter is another one. */
        GONE,
        /** Neither: the interpreter, or the session, does not do what it is asked to. */
        BROKEN
    }

    private final Target target;
    private final Map<String, Integer> values = new HashMap<>();
    private int next = 1000;
    private String last = "";

    Marks(Target target) {
        this.target = target;
    }

    boolean has(String language) {
        return values.containsKey(language);
    }

    /** All that was known is not known any more. */
    void forget() {
        values.clear();
    }

    void forget(String language) {
        values.remove(language);
    }

    /** What the last call said. */
    String last() {
        return last;
    }

    /** Sets a new value; whether that went well. */
    boolean set(String language) throws InterruptedException {
        int value = next++;
        values.remove(language);
        Reply reply =
                run(
                        language,
                        switch (language) {
                            case "python" -> "msb_probe = " + value + "\nmsb_probe";
                            case "javascript" -> "var msb_probe = " + value + "; msb_probe";
                            default -> "msb_probe=" + value + "; echo \"$msb_probe\"";
                        });
        boolean went = shows(reply, language, value);
        if (went) {
            values.put(language, value);
        }
        return went;
    }

    Finding look(String language) throws InterruptedException {
        Reply reply =
                run(
                        language,
                        language.equals("shell") ? "echo \"${msb_probe-gone}\"" : "msb_probe");
        Integer value = values.get(language);
        if (value != null && shows(reply, language, value)) {
            return Finding.RIGHT;
        }
        values.remove(language);
        boolean gone =
                language.equals("shell")
                        ? reply.fact("stdout").strip().endsWith("gone")
                        : reply.text().contains("msb_probe");
        return reply.isResult() && gone ? Finding.GONE : Finding.BROKEN;
    }

    private static boolean shows(Reply reply, String language, int value) {
        String shown = reply.fact(language.equals("shell") ? "stdout" : "result").strip();
        return reply.isResult()
                && reply.fact("status").equals("ok")
                && (language.equals("shell")
                        ? shown.endsWith(Integer.toString(value))
                        : shown.equals(Integer.toString(value)));
    }

    private Reply run(String language, String code) throws InterruptedException {
        Reply reply =
                target.call("run_code", Map.of("language", language, "code", code, "timeout", 100));
        last =
                "%.1f s (canary %.1f s): %s"
                        .formatted(
                                reply.took().toMillis() / 1000.0,
                                reply.host().toMillis() / 1000.0,
                                reply.text());
        return reply;
    }
}
