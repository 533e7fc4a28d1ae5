package dev.microsandbox.mcp.text;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Takes out of a text what a client must not learn of this machine: paths, and names of Java
 * classes. For the messages of exceptions that were written for the operator. Texts about the
 * guest's own files do not pass here, because they would lose their paths.
 */
public final class HostText {

    /** What stands for a path. */
    static final String A_PATH = "(a path of the server)";

    /**
     * An absolute path. A slash within a word, a relative path or {@code ~/…} begins none. Other
     * paths may follow a colon, so {@code scheme://…} is taken for one, too.
     */
    private static final Pattern PATH =
            Pattern.compile("(?<![\\w.~/)-])/[^\\s\"'`<>|,;:()\\[\\]{}]+");

    /** Paths that say nothing about this machine, or that are the guest's. */
    private static final Pattern HARMLESS =
            Pattern.compile(
                    "/dev/(kvm|net/tun)|/tmp/?|/workspace(/.*)?|/health|/mcp|/sse|/messages");

    /** Possessive, because the other kind takes a frame of the stack for each repetition. */
    private static final Pattern QUALIFIED_CLASS =
            Pattern.compile(
                    "\\b(?:[a-z_][a-z0-9_]*+\\.){2,}+[A-Z]\\w*+(?:\\$\\w++)*+(?:@[0-9a-f]+)?");

    private static final Pattern EXCEPTION = Pattern.compile("\\b[A-Z]\\w*(?:Exception|Error)\\b");

    private static final Map<String, String> IN_WORDS =
            Map.of(
                    "NoSuchFileException", "a file is missing",
                    "AccessDeniedException", "no permission",
                    "FileAlreadyExistsException", "a file exists already",
                    "DirectoryNotEmptyException", "a directory is not empty",
                    "NotDirectoryException", "a file is in the place of a directory",
                    "EOFException", "a file is too short",
                    "ClosedChannelException", "a connection was closed",
                    "OutOfMemoryError", "no memory");

    /** Directories whose names may contain spaces, which no pattern can tell from text. */
    private static final List<String> ROOTS =
            Stream.of(
                            System.getenv("MICROSANDBOX_HOME"),
                            System.getProperty("user.home"),
                            System.getProperty("user.dir"),
                            System.getProperty("java.io.tmpdir"))
                    .filter(Objects::nonNull)
                    .filter(root -> root.startsWith("/") && root.contains(" "))
                    .toList();

    /**
     * How much of a text is looked at, in characters; the rest is left out. The text may be a
     * guest's, and the time that the patterns take grows with its square.
     */
    private static final int MAX = 16_384;

    private HostText() {}

    /** The text without paths and class names; the word {@code null} has none either. */
    public static String withoutHost(@Nullable String text) {
        String left = String.valueOf(text);
        if (left.length() > MAX) {
            left = left.substring(0, MAX) + " …";
        }
        for (String root : ROOTS) {
            left = left.replace(root, "/root");
        }
        left = PATH.matcher(left).replaceAll(path -> Matcher.quoteReplacement(shown(path.group())));
        left = QUALIFIED_CLASS.matcher(left).replaceAll(HostText::simpleName);
        return EXCEPTION.matcher(left).replaceAll(HostText::inWords);
    }

    private static String shown(String path) {
        // The full stop of a sentence is not part of the path.
        String end = path.endsWith(".") ? "." : "";
        String bare = path.substring(0, path.length() - end.length());
        boolean harmless = HARMLESS.matcher(bare).matches() && !bare.contains("..");
        return (harmless ? bare : A_PATH) + end;
    }

    private static String simpleName(java.util.regex.MatchResult found) {
        String name = found.group();
        String simple = name.substring(name.lastIndexOf('.') + 1);
        return EXCEPTION.matcher(simple).matches() ? simple : "an object of the server";
    }

    private static String inWords(java.util.regex.MatchResult found) {
        return IN_WORDS.getOrDefault(found.group(), "a failure inside the server");
    }
}
