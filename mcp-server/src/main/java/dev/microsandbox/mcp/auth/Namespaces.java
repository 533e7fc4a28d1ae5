package dev.microsandbox.mcp.auth;

import io.modelcontextprotocol.common.McpTransportContext;
import java.util.Map;
import java.util.regex.Pattern;

/** A namespace is a tenant. Quotas apply to it, and every API key belongs to one. */
public final class Namespaces {

    /** The namespace of a client that needs no key: stdio, and HTTP in development mode. */
    public static final String DEFAULT = "default";

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9_-]{0,62}");

    private static final String CONTEXT_KEY = "microsandbox.namespace";

    private Namespaces() {}

    /**
     * Checks a name. It is used in file names and logs, so only plain characters are allowed.
     *
     * @return the name itself
     * @throws IllegalArgumentException if it is not a valid name; the message says what is allowed
     */
    public static String validate(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "'"
                            + printable(name)
                            + "' is no namespace name: use 1 to 63 of a-z, 0-9, '-' and '_', the"
                            + " first a letter or a digit.");
        }
        return name;
    }

    /** Creates the context that a transport passes to the tools with each request. */
    public static McpTransportContext context(String namespace) {
        return McpTransportContext.create(Map.of(CONTEXT_KEY, namespace));
    }

    /**
     * The caller's namespace.
     *
     * @throws IllegalStateException if the context was not made by one of this server's transports
     */
    public static String of(McpTransportContext context) {
        if (context.get(CONTEXT_KEY) instanceof String namespace) {
            return namespace;
        }
        throw new IllegalStateException("the transport context has no namespace");
    }

    private static String printable(String name) {
        String start = name.length() > 80 ? name.substring(0, 80) + "…" : name;
        return start.replaceAll("\\p{Cntrl}", "?");
    }
}
