package dev.microsandbox.vmm.qemu;

import java.text.ParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Parses the JSON (RFC 8259) of QEMU's monitor. An object becomes a {@link Map}, an array a {@link
 * List}, a string a {@link String}. Numbers, {@code true}, {@code false} and {@code null} stay
 * text, because no code here computes with them.
 */
final class Json {

    /**
     * The deepest nesting; QEMU's answers have at most six levels. The limit prevents a stack
     * overflow.
     */
    private static final int DEEPEST = 32;

    private final String text;
    private int at;

    private Json(String text) {
        this.text = text;
    }

    /**
     * Reads an object.
     *
     * @throws ParseException if the text is anything but one object
     */
    static Map<String, Object> object(String text) throws ParseException {
        Json json = new Json(text);
        json.expect('{');
        Map<String, Object> object = json.members(0);
        json.skipSpace();
        if (json.at != text.length()) {
            throw json.unexpected();
        }
        return object;
    }

    /** Encodes text as a JSON string, with its quotes. */
    static String quote(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        text.chars()
                .forEach(
                        c -> {
                            if (c < ' ' || c == '"' || c == '\\') {
                                quoted.append("\\u%04x".formatted(c));
                            } else {
                                quoted.append((char) c);
                            }
                        });
        return quoted.append('"').toString();
    }

    private Object value(int depth) throws ParseException {
        if (depth > DEEPEST) {
            throw unexpected();
        }
        if (accept('{')) {
            return members(depth);
        }
        if (accept('[')) {
            return elements(depth);
        }
        return accept('"') ? string() : word();
    }

    private Map<String, Object> members(int depth) throws ParseException {
        Map<String, Object> members = new HashMap<>();
        if (accept('}')) {
            return members;
        }
        do {
            expect('"');
            String name = string();
            expect(':');
            members.put(name, value(depth + 1));
        } while (accept(','));
        expect('}');
        return members;
    }

    private List<Object> elements(int depth) throws ParseException {
        List<Object> elements = new ArrayList<>();
        if (accept(']')) {
            return elements;
        }
        do {
            elements.add(value(depth + 1));
        } while (accept(','));
        expect(']');
        return elements;
    }

    /** Reads the rest of a string after its opening quote. */
    private String string() throws ParseException {
        StringBuilder string = new StringBuilder();
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c == '"') {
                return string.toString();
            }
            string.append(c == '\\' ? escape() : c);
        }
        throw unexpected();
    }

    private char escape() throws ParseException {
        if (at == text.length()) {
            throw unexpected();
        }
        char c = text.charAt(at++);
        return switch (c) {
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> {
                if (at + 4 > text.length()) {
                    throw unexpected();
                }
                try {
                    yield (char) Integer.parseUnsignedInt(text, at, at += 4, 16);
                } catch (NumberFormatException e) {
                    throw unexpected();
                }
            }
            default -> c;
        };
    }

    private String word() throws ParseException {
        int start = at;
        while (at < text.length() && isWord(text.charAt(at))) {
            at++;
        }
        if (at == start) {
            throw unexpected();
        }
        return text.substring(start, at);
    }

    private static boolean isWord(char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || "+-.E".indexOf(c) >= 0;
    }

    private boolean accept(char c) {
        skipSpace();
        if (at < text.length() && text.charAt(at) == c) {
            at++;
            return true;
        }
        return false;
    }

    private void expect(char c) throws ParseException {
        if (!accept(c)) {
            throw unexpected();
        }
    }

    private void skipSpace() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private ParseException unexpected() {
        return new ParseException("no JSON from character " + at + " on", at);
    }

    /** A member that is an object; an empty map if there is none. */
    static Map<?, ?> member(Map<?, ?> object, String name) {
        return object.get(name) instanceof Map<?, ?> member ? member : Map.of();
    }

    /** A member that is text; null if there is none. */
    static @Nullable String text(Map<?, ?> object, String name) {
        return object.get(name) instanceof String string ? string : null;
    }
}
