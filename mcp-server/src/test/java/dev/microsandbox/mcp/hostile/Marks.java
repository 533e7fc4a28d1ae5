package dev.microsandbox.mcp.hostile;

import java.util.HashMap;
import java.util.Map;

/**
 * A variable with a known value in each interpreter of a session. It shows whether state that is
 * reported as kept exists. Not thread-safe.
 */
final class Marks {

    /** The result of checking a mark. */
    enum Finding {
        /** The variable has the value that was set last. */
        RIGHT,
        /** The variable does not exist, so the interpreter is a new one. */
        GONE,
        /** Neither: the interpreter or the session does not work. */
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

    /** Forgets all known values. */
    void forget() {
        values.clear();
    }

    void forget(String language) {
        values.remove(language);
    }

    /** The result of the last call. */
    String last() {
        return last;
    }

    /** Sets a new value and returns whether that succeeded. */
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
