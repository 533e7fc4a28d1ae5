package dev.microsandbox.mcp.front;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The head of a worker's answer: RFC 9112, sections 4 to 6, and of these only what every
 * implementation understands in the same way.
 *
 * @param status 200 to 599
 * @param fields the header fields in their order
 * @param framing where the body ends
 * @param length the body's length in bytes where the framing is {@link Framing#LENGTH}, else 0
 */
record ResponseHead(int status, List<Field> fields, Framing framing, long length) {

    static final int MAX_BYTES = 16 << 10;

    private static final int MAX_FIELDS = 100;

    private static final int NO_CONTENT = 204;
    private static final int RESET_CONTENT = 205;
    private static final int NOT_MODIFIED = 304;

    private static final Pattern STATUS_LINE =
            Pattern.compile("HTTP/1\\.1 ([2-5][0-9][0-9]) ([\\t -~\\x80-\\xFF]*)");

    /** Up to an exabyte, so that it fits into a long. */
    private static final Pattern LENGTH = Pattern.compile("[0-9]{1,18}");

    /** How the end of a body is known. */
    enum Framing {
        /** There is no body. */
        NONE,
        LENGTH,
        CHUNKED,
        /** The body ends with the connection. */
        UNTIL_CLOSE
    }

    /**
     * A header field.
     *
     * @param name in lower case
     */
    record Field(String name, String value) {}

    ResponseHead {
        fields = List.copyOf(fields);
    }

    /**
     * Parses a head.
     *
     * @param head from the status line to the empty line, both included
     * @throws WorkerException if it is not exactly what the grammar allows
     */
    static ResponseHead parse(byte[] head) throws WorkerException {
        String text = new String(head, StandardCharsets.ISO_8859_1);
        if (text.length() > MAX_BYTES) {
            throw WorkerException.invalid("the head is too long");
        }
        if (!text.endsWith("\r\n\r\n")) {
            throw WorkerException.invalid("the head has no end");
        }
        String[] lines = text.substring(0, text.length() - 4).split("\r\n", -1);
        var status = STATUS_LINE.matcher(lines[0]);
        if (!status.matches()) {
            throw WorkerException.invalid("the status line is malformed");
        }
        if (lines.length - 1 > MAX_FIELDS) {
            throw WorkerException.invalid("the head has too many fields");
        }
        List<Field> fields = new ArrayList<>(lines.length - 1);
        for (int i = 1; i < lines.length; i++) {
            fields.add(field(lines[i]));
        }
        return framed(Integer.parseInt(status.group(1)), fields);
    }

    private static Field field(String line) throws WorkerException {
        int colon = line.indexOf(':');
        if (colon < 0 || !FieldText.isToken(line.substring(0, colon))) {
            throw WorkerException.invalid("a field's name is malformed");
        }
        String value = FieldText.trim(line.substring(colon + 1));
        if (!FieldText.isValue(value)) {
            throw WorkerException.invalid("a field's value is malformed");
        }
        return new Field(line.substring(0, colon).toLowerCase(Locale.ROOT), value);
    }

    /**
     * Decides where the body ends. Whatever two readers could understand differently is refused.
     */
    private static ResponseHead framed(int status, List<Field> fields) throws WorkerException {
        Optional<String> length = only(fields, "content-length");
        Optional<String> coding = only(fields, "transfer-encoding");
        if (length.isPresent() && !LENGTH.matcher(length.get()).matches()) {
            throw WorkerException.invalid("the length is malformed");
        }
        if (coding.isPresent() && (length.isPresent() || !coding.get().equals("chunked"))) {
            throw WorkerException.invalid("the body's coding is not chunked, or it has a length");
        }
        long bytes = length.map(Long::parseLong).orElse(0L);
        if (status == RESET_CONTENT) {
            throw WorkerException.invalid("nobody agrees whether such an answer has a body");
        }
        if (status == NO_CONTENT || status == NOT_MODIFIED) {
            if (coding.isPresent() || bytes > 0) {
                throw WorkerException.invalid("there is a body where none may be");
            }
            return new ResponseHead(status, fields, Framing.NONE, 0);
        }
        if (coding.isPresent()) {
            return new ResponseHead(status, fields, Framing.CHUNKED, 0);
        }
        return length.isPresent()
                ? new ResponseHead(status, fields, Framing.LENGTH, bytes)
                : new ResponseHead(status, fields, Framing.UNTIL_CLOSE, 0);
    }

    /**
     * The value of a field that may occur once.
     *
     * @param name in lower case
     * @throws WorkerException if it occurs more often
     */
    Optional<String> only(String name) throws WorkerException {
        return only(fields, name);
    }

    private static Optional<String> only(List<Field> fields, String name) throws WorkerException {
        List<Field> named = fields.stream().filter(field -> field.name().equals(name)).toList();
        if (named.size() > 1) {
            throw WorkerException.invalid("a field occurs twice that may occur once");
        }
        return named.stream().map(Field::value).findFirst();
    }

    /** Whether the connection may be used again after the body. */
    boolean keepsConnection() {
        return framing != Framing.UNTIL_CLOSE
                && fields.stream()
                        .filter(field -> field.name().equals("connection"))
                        .allMatch(field -> field.value().equalsIgnoreCase("keep-alive"));
    }
}
