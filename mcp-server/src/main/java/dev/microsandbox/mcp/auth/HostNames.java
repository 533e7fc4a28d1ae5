package dev.microsandbox.mcp.auth;

import java.util.Locale;
import java.util.regex.Pattern;

/** Classifies host names and addresses by their text, without using the name service. */
public final class HostNames {

    private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");

    private HostNames() {}

    /** A Host header's value without its port, in lower case; IPv6 keeps its brackets. */
    static String withoutPort(String hostAndPort) {
        String text = hostAndPort.strip().toLowerCase(Locale.ROOT);
        int bracket = text.lastIndexOf(']');
        int colon = text.lastIndexOf(':');
        return colon > bracket && (bracket >= 0 || text.indexOf(':') == colon)
                ? text.substring(0, colon)
                : text;
    }

    /** Whether this is a name or address that reaches only this machine itself. */
    public static boolean isLoopback(String host) {
        String name = host.toLowerCase(Locale.ROOT);
        return name.equals("localhost")
                || name.equals("::1")
                || name.equals("[::1]")
                || (name.startsWith("127.") && IPV4.matcher(name).matches());
    }

    /** Whether this is an IP address, which is not resolved by the name service. */
    static boolean isAddress(String host) {
        return IPV4.matcher(host).matches() || (host.startsWith("[") && host.endsWith("]"));
    }
}
