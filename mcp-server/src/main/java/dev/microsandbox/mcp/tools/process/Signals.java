package dev.microsandbox.mcp.tools.process;

import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;

/** Names of the Linux signals that commonly end or notify processes. */
public final class Signals {

    private Signals() {}

    private static final Map<Integer, String> NAMES =
            Map.ofEntries(
                    Map.entry(1, "SIGHUP"),
                    Map.entry(2, "SIGINT"),
                    Map.entry(3, "SIGQUIT"),
                    Map.entry(4, "SIGILL"),
                    Map.entry(6, "SIGABRT"),
                    Map.entry(7, "SIGBUS"),
                    Map.entry(8, "SIGFPE"),
                    Map.entry(9, "SIGKILL"),
                    Map.entry(10, "SIGUSR1"),
                    Map.entry(11, "SIGSEGV"),
                    Map.entry(12, "SIGUSR2"),
                    Map.entry(13, "SIGPIPE"),
                    Map.entry(14, "SIGALRM"),
                    Map.entry(15, "SIGTERM"),
                    Map.entry(18, "SIGCONT"),
                    Map.entry(19, "SIGSTOP"),
                    Map.entry(20, "SIGTSTP"),
                    Map.entry(24, "SIGXCPU"),
                    Map.entry(28, "SIGWINCH"),
                    Map.entry(31, "SIGSYS"));

    /** For example {@code 11 (SIGSEGV)}. */
    public static String describe(int number) {
        String name = NAMES.getOrDefault(number, "");
        return name.isEmpty() ? Integer.toString(number) : number + " (" + name + ")";
    }

    /**
     * Parses a signal: its name with or without SIG, or its number. Empty if there is no such
     * signal.
     */
    public static OptionalInt number(String text) {
        String wanted = text.strip().toUpperCase(Locale.ROOT);
        if (wanted.matches("[1-9][0-9]?")) {
            int number = Integer.parseInt(wanted);
            return number <= 64 ? OptionalInt.of(number) : OptionalInt.empty();
        }
        return NAMES.entrySet().stream()
                .filter(e -> e.getValue().equals(wanted) || e.getValue().equals("SIG" + wanted))
                .mapToInt(Map.Entry::getKey)
                .findFirst();
    }
}
