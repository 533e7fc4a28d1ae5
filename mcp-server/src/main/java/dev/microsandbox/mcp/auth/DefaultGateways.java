package dev.microsandbox.mcp.auth;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The gateways of this network namespace's default routes, from {@code /proc/net/route} and {@code
 * /proc/net/ipv6_route}. For a container on a bridge, this is the host.
 *
 * <p>Only a virtual interface counts, such as the container's end of a veth pair or the tap of
 * slirp4netns. Behind the interface of a machine (a container on the host's network), and behind
 * macvlan and ipvlan, the gateway is a router of the network outside, not the host.
 *
 * <p>The routes are read again when they are needed and a second old. Thread-safe.
 */
final class DefaultGateways {

    private static final long FRESH = Duration.ofSeconds(1).toNanos();

    /** Linux, route.h: the route is usable, goes to a gateway, rejects. */
    private static final int UP = 1;

    private static final int GATEWAY = 2;
    private static final int REJECT = 0x200;

    private static final String NO_ADDRESS = "0".repeat(32);

    private final Path proc;
    private final Path interfaces;
    private final LongSupplier nanos;
    private volatile @Nullable Reading last;

    private record Gateway(InetAddress address, String device) {}

    private record Reading(long time, List<Gateway> gateways) {}

    DefaultGateways() {
        this(Path.of("/proc/net"), Path.of("/sys/class/net"), System::nanoTime);
    }

    /**
     * @param proc the directory of {@code route} and {@code ipv6_route}
     * @param interfaces a directory for each network interface
     * @param nanos a monotonic clock
     */
    DefaultGateways(Path proc, Path interfaces, LongSupplier nanos) {
        this.proc = proc;
        this.interfaces = interfaces;
        this.nanos = nanos;
    }

    /** Whether an address is a default gateway's now. */
    boolean contains(InetAddress address) {
        return read().stream().anyMatch(gateway -> isAt(gateway, address));
    }

    private static boolean isAt(Gateway gateway, InetAddress address) {
        // Equality of addresses ignores the interface, without which a link-local address is
        // somebody else on each of them.
        return gateway.address().equals(address)
                && (!address.isLinkLocalAddress() || isOn(gateway.device(), address));
    }

    private static boolean isOn(String device, InetAddress address) {
        try {
            NetworkInterface found = NetworkInterface.getByName(device);
            return found != null
                    && address instanceof Inet6Address scoped
                    && scoped.getScopeId() == found.getIndex();
        } catch (SocketException e) {
            return false;
        }
    }

    private List<Gateway> read() {
        Reading known = last;
        long now = nanos.getAsLong();
        if (known == null || now - known.time() >= FRESH) {
            known =
                    new Reading(
                            now,
                            Stream.concat(
                                            lines("route").flatMap(l -> ipv4(l).stream()),
                                            lines("ipv6_route").flatMap(l -> ipv6(l).stream()))
                                    .filter(gateway -> isVirtual(gateway.device()))
                                    .toList());
            last = known;
        }
        return known.gateways();
    }

    private Stream<String[]> lines(String file) {
        List<String[]> lines = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(proc.resolve(file))) {
                lines.add(line.strip().split("\\s+", -1));
            }
        } catch (IOException e) {
            // Without IPv6 there is no such file, and without routes nobody is trusted.
        }
        return lines.stream();
    }

    /** Interface, destination, gateway and flags, in the machine's byte order: little endian. */
    private static Optional<Gateway> ipv4(String[] line) {
        if (line.length < 8 || !line[1].equals("00000000") || !line[7].equals("00000000")) {
            return Optional.empty();
        }
        return gateway(line[0], line[2], line[3], 4)
                .map(found -> new Gateway(reversed(found.address()), found.device()));
    }

    /** Destination and its length, source and its length, gateway, 3 numbers, flags, interface. */
    private static Optional<Gateway> ipv6(String[] line) {
        if (line.length < 10
                || !line[0].equals(NO_ADDRESS)
                || !line[1].equals("00")
                || line[4].equals(NO_ADDRESS)) {
            return Optional.empty();
        }
        return gateway(line[9], line[4], line[8], 16);
    }

    private static Optional<Gateway> gateway(
            String device, String address, String flags, int size) {
        try {
            int set = HexFormat.fromHexDigits(flags);
            byte[] bytes = HexFormat.of().parseHex(address);
            if ((set & (UP | GATEWAY | REJECT)) == (UP | GATEWAY) && bytes.length == size) {
                return Optional.of(new Gateway(InetAddress.getByAddress(bytes), device));
            }
        } catch (IllegalArgumentException | UnknownHostException e) {
            // The heading, or a form that is not known.
        }
        return Optional.empty();
    }

    private static InetAddress reversed(InetAddress address) {
        byte[] bytes = address.getAddress();
        byte[] reversed = {bytes[3], bytes[2], bytes[1], bytes[0]};
        try {
            return InetAddress.getByAddress(reversed);
        } catch (UnknownHostException e) {
            throw new AssertionError("4 bytes are an address", e);
        }
    }

    /**
     * Whether an interface is neither a machine's device nor made on top of another interface. The
     * kernel names the kind of the latter, and of others, but not of veth and tap.
     */
    private boolean isVirtual(String device) {
        if (device.contains("/") || device.startsWith(".")) {
            return false;
        }
        Path place = interfaces.resolve(device);
        try {
            return Files.readAllLines(place.resolve("uevent")).stream()
                            .noneMatch(line -> line.startsWith("DEVTYPE="))
                    && Files.notExists(place.resolve("device"));
        } catch (IOException e) {
            return false;
        }
    }
}
