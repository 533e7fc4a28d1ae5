package dev.microsandbox.mcp.units;

import java.net.InetAddress;
import java.util.Arrays;

/**
 * A range of IP addresses in CIDR notation (RFC 4632 section 3.1), such as {@code 10.0.0.0/8}. An
 * address alone is a range of one.
 */
public record AddressRange(InetAddress first, int bits) {

    /**
     * Parses a range.
     *
     * @throws IllegalArgumentException if it is none; a name is none either
     */
    public static AddressRange parse(String text) {
        int slash = text.indexOf('/');
        InetAddress address = InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash));
        int most = address.getAddress().length * Byte.SIZE;
        int bits = slash < 0 ? most : Integer.parseInt(text.substring(slash + 1));
        if (bits < 0 || bits > most) {
            throw new IllegalArgumentException("a prefix of 0 to " + most + " bits");
        }
        return new AddressRange(address, bits);
    }

    public boolean contains(InetAddress address) {
        byte[] mine = first.getAddress();
        byte[] theirs = address.getAddress();
        if (mine.length != theirs.length) {
            return false;
        }
        int whole = bits / Byte.SIZE;
        if (!Arrays.equals(mine, 0, whole, theirs, 0, whole)) {
            return false;
        }
        int rest = bits % Byte.SIZE;
        return rest == 0 || (mine[whole] ^ theirs[whole]) >> (Byte.SIZE - rest) == 0;
    }
}
