package dev.microsandbox.mcp.front;

import dev.microsandbox.mcp.front.ResponseHead.Field;
import dev.microsandbox.mcp.front.ResponseHead.Framing;
import dev.microsandbox.mcp.transport.McpHeaders;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a client sees of the head of a worker's answer.
 *
 * <p>A list of what passes, not of what does not: a header can command the browser that holds the
 * front's origin (cookies, HSTS, service workers, redirects), shared caches that other namespaces
 * use, and reverse proxies, some of which hand out files of their host ({@code X-Accel-Redirect}).
 * Nobody knows all of these headers. For the same reason the type of a body is one of two.
 *
 * @param status the status
 * @param contentType one of the two types of MCP; null without a body
 * @param fields what else passes, as names and values
 */
record PassedHead(int status, @Nullable String contentType, List<Field> fields) {

    private static final String MCP_PREFIX = "mcp-";

    private static final String ALLOW = "allow";
    private static final String RETRY_AFTER = "retry-after";
    private static final String SESSION_ID = "mcp-session-id";

    private static final int MAX_SESSION_ID = 256;

    private static final Pattern METHODS = Pattern.compile("[A-Z]{1,16}(, ?[A-Z]{1,16}){0,8}");
    private static final Pattern SECONDS = Pattern.compile("[0-9]{1,6}");

    PassedHead {
        fields = List.copyOf(fields);
    }

    /**
     * Selects what passes.
     *
     * @throws WorkerException if a field that passes occurs twice or has an odd value, or the
     *     body's type is none of MCP's
     */
    static PassedHead of(ResponseHead head) throws WorkerException {
        if (head.only("content-encoding").isPresent()) {
            throw WorkerException.invalid("the body is encoded");
        }
        List<Field> fields = new ArrayList<>();
        for (Field field : head.fields()) {
            if (passes(field)) {
                fields.add(new Field(field.name(), head.only(field.name()).orElseThrow()));
            }
        }
        return new PassedHead(head.status(), contentType(head), fields);
    }

    private static boolean passes(Field field) throws WorkerException {
        boolean ofMcp = field.name().startsWith(MCP_PREFIX);
        boolean valid =
                switch (field.name()) {
                    case ALLOW -> METHODS.matcher(field.value()).matches();
                    case RETRY_AFTER -> SECONDS.matcher(field.value()).matches();
                    case SESSION_ID -> isSessionId(field.value());
                    default -> !ofMcp || field.value().chars().allMatch(c -> c >= ' ' && c < 0x7F);
                };
        if (!valid) {
            throw WorkerException.invalid("a field that the client gets has an odd value");
        }
        return ofMcp || field.name().equals(ALLOW) || field.name().equals(RETRY_AFTER);
    }

    private static boolean isSessionId(String text) {
        return FieldText.isVisible(text) && text.length() <= MAX_SESSION_ID;
    }

    private static @Nullable String contentType(ResponseHead head) throws WorkerException {
        if (head.framing() == Framing.NONE
                || (head.framing() == Framing.LENGTH && head.length() == 0)) {
            return null;
        }
        String value = head.only("content-type").orElse("");
        int end = value.indexOf(';');
        String type = FieldText.trim(end < 0 ? value : value.substring(0, end));
        return switch (type.toLowerCase(Locale.ROOT)) {
            case McpHeaders.JSON -> McpHeaders.JSON;
            case McpHeaders.EVENT_STREAM -> McpHeaders.EVENT_STREAM;
            default -> throw WorkerException.invalid("the body's type is none of MCP's");
        };
    }

    boolean isSuccess() {
        return status < 300;
    }

    boolean isEventStream() {
        return McpHeaders.EVENT_STREAM.equals(contentType);
    }

    /** The id of the session that the answer names. */
    Optional<String> sessionId() {
        return fields.stream()
                .filter(field -> field.name().equals(SESSION_ID))
                .map(Field::value)
                .findFirst();
    }
}
