package dev.microsandbox.mcp.tools;

/** Names of Linux's signals, as far as processes die of them. */
final class Signals {

    private Signals() {}

    /** For example {@code 11 (SIGSEGV)}. */
    static String describe(int number) {
        String name =
                switch (number) {
                    case 1 -> "SIGHUP";
                    case 2 -> "SIGINT";
                    case 3 -> "SIGQUIT";
                    case 4 -> "SIGILL";
                    case 6 -> "SIGABRT";
                    case 7 -> "SIGBUS";
                    case 8 -> "SIGFPE";
                    case 9 -> "SIGKILL";
                    case 11 -> "SIGSEGV";
                    case 13 -> "SIGPIPE";
                    case 15 -> "SIGTERM";
                    case 24 -> "SIGXCPU";
                    case 31 -> "SIGSYS";
                    default -> "";
                };
        return name.isEmpty() ? Integer.toString(number) : number + " (" + name + ")";
    }
}
