package dev.microsandbox.mcp.auth;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;

/**
 * Tells, in a container, whoever uses the published port from the other containers of its network.
 * The host's connections come from loopback, or from the default gateway: from a bridge's address,
 * whether Docker's proxy, its masquerading or the host itself made them, and from 10.0.2.2 with
 * slirp4netns. A forwarder that works inside the container (that of RootlessKit, pasta for the
 * host's own connections) uses one of the container's addresses, with which no packet from outside
 * passes the kernel. Thread-safe.
 */
public final class NearbyPeers {

    private final DefaultGateways gateways;

    public NearbyPeers() {
        this(new DefaultGateways());
    }

    NearbyPeers(DefaultGateways gateways) {
        this.gateways = gateways;
    }

    /**
     * Whether a connection's peer is this machine, this container, or a default gateway.
     *
     * @param peer the address of the socket's other end, which no header can change
     */
    public boolean contains(InetAddress peer) {
        return peer.isLoopbackAddress() || isOwn(peer) || gateways.contains(peer);
    }

    private static boolean isOwn(InetAddress peer) {
        try {
            return NetworkInterface.getByInetAddress(peer) != null;
        } catch (SocketException e) {
            return false;
        }
    }
}
