package dev.microsandbox.mcp.transport.connection;

import dev.microsandbox.mcp.units.AddressRange;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tells the addresses of clients, also of those behind reverse proxies that the operator trusts.
 * Immutable.
 */
public final class ClientAddresses {

    /** The part of an IPv6 address that a site gets; it chooses the rest itself. */
    private static final int SITE_BYTES = 8;

    private final List<AddressRange> proxies;

    /**
     * @param proxies addresses, or ranges in CIDR notation, whose {@code X-Forwarded-For} is
     *     believed
     * @throws IllegalArgumentException if one of them is no address and no range
     */
    public ClientAddresses(Set<String> proxies) {
        this.proxies = proxies.stream().map(AddressRange::parse).toList();
    }

    /**
     * The name under which a client is counted: its IPv4 address, or the first half of its IPv6
     * address.
     *
     * @param peer the other end of the connection
     * @param forwardedFor the values of {@code X-Forwarded-For}, in the order of the headers
     */
    public String nameOf(SocketAddress peer, List<String> forwardedFor) {
        InetAddress address = addressOf(peer);
        return address == null ? peer.toString() : name(clientOf(address, forwardedFor));
    }

    /** Whether the other end of a connection is a proxy, behind which there are many clients. */
    boolean isProxy(SocketAddress peer) {
        InetAddress address = addressOf(peer);
        return address != null && isProxy(address);
    }

    /**
     * Walks from the proxy next to this server towards the client. Each proxy appends the address
     * that it was called from, so the first address that is not a trusted proxy's is the last one
     * that was not made up.
     */
    private InetAddress clientOf(InetAddress peer, List<String> forwardedFor) {
        InetAddress client = peer;
        List<String> hops =
                forwardedFor.stream()
                        .flatMap(value -> Arrays.stream(value.split(",", -1)))
                        .toList();
        for (String hop : hops.reversed()) {
            if (!isProxy(client)) {
                break;
            }
            try {
                client = InetAddress.ofLiteral(hop.strip());
            } catch (IllegalArgumentException e) {
                break;
            }
        }
        return client;
    }

    private boolean isProxy(InetAddress address) {
        return proxies.stream().anyMatch(range -> range.contains(address));
    }

    private static @Nullable InetAddress addressOf(SocketAddress peer) {
        return peer instanceof InetSocketAddress inet ? inet.getAddress() : null;
    }

    private static String name(InetAddress address) {
        return address instanceof Inet6Address
                ? HexFormat.ofDelimiter(":").formatHex(address.getAddress(), 0, SITE_BYTES)
                : address.getHostAddress();
    }
}
