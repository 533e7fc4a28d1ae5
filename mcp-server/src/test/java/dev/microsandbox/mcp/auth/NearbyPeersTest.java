package dev.microsandbox.mcp.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.SeededCases;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may call without a key in a container: its host, and nobody else on its networks. */
class NearbyPeersTest {

    private static final String HEADING =
            "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";

    /** As on Docker's bridge; the gateway is 198.18.7.1. */
    private static final String BRIDGE =
            HEADING
                    + "eth0\t00000000\t010712C6\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
                    + "eth0\t000712C6\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n";

    private static final String SIX =
            "00000000000000000000000000000000 00 00000000000000000000000000000000 00"
                    + " 20010db8000000000000000000000001 00000400 00000001 00000000 00000003 eth0\n"
                    + "00000000000000000000000000000000 00 00000000000000000000000000000000 00"
                    + " 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200 lo\n";

    @TempDir Path root;

    private final AtomicLong clock = new AtomicLong();

    @SuppressWarnings("NullAway.Init")
    private NearbyPeers peers;

    @BeforeEach
    void container() throws IOException {
        Files.createDirectories(root.resolve("net"));
        device("eth0", "INTERFACE=eth0\nIFINDEX=2\n");
        Files.writeString(root.resolve("net/route"), BRIDGE);
        peers =
                new NearbyPeers(
                        new DefaultGateways(
                                root.resolve("net"), root.resolve("class"), clock::get));
    }

    private void device(String name, String uevent) throws IOException {
        Path place = Files.createDirectories(root.resolve("class").resolve(name));
        Files.writeString(place.resolve("uevent"), uevent);
    }

    private boolean admits(String address) throws IOException {
        clock.addAndGet(1_000_000_000);
        return peers.contains(InetAddress.ofLiteral(address));
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, true",
        "127.8.9.10, true",
        "::1, true",
        "::ffff:127.0.0.1, true",
        "198.18.7.1, true",
        "::ffff:198.18.7.1, true",
        "198.18.7.2, false",
        "198.18.7.3, false",
        "1.7.18.198, false",
        "198.51.100.1, false",
        "198.51.100.7, false",
        "0.0.0.0, false",
        "2001:db8::1, false",
        "fe80::1, false"
    })
    void onDockersBridge(String address, boolean admitted) throws IOException {
        assertThat(admits(address)).isEqualTo(admitted);
    }

    @Test
    void theContainersOwnAddressesAreItself() throws IOException {
        for (NetworkInterface each : Collections.list(NetworkInterface.getNetworkInterfaces())) {
            for (InetAddress address : Collections.list(each.getInetAddresses())) {
                assertThat(peers.contains(address)).isTrue();
            }
        }
    }

    @Test
    void anIpv6GatewayCounts() throws IOException {
        Files.writeString(root.resolve("net/ipv6_route"), SIX);
        assertThat(admits("2001:db8::1")).isTrue();
        assertThat(admits("2001:db8::2")).isFalse();
        assertThat(admits("::")).isFalse();
    }

    @Test
    void aLinkLocalGatewayCountsOnItsInterfaceOnly() throws IOException {
        String route =
                SIX.replace("20010db8000000000000000000000001", "fe800000000000000000000000000001");
        Files.writeString(root.resolve("net/ipv6_route"), route);
        assertThat(admits("fe80::1")).isFalse();
    }

    @Test
    void everyDefaultGatewayCountsAndNoOther() throws IOException {
        device("eth1", "INTERFACE=eth1\n");
        Files.writeString(
                root.resolve("net/route"),
                BRIDGE
                        + "eth1\t00000000\t017100CB\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
                        + "eth1\t006433C6\tFE7100CB\t0003\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
                        + "eth1\t00000000\tFD7100CB\t0002\t0\t0\t0\t00000000\t0\t0\t0\n"
                        + "eth1\t00000000\tFC7100CB\t0003\t0\t0\t0\t00000080\t0\t0\t0\n");
        assertThat(admits("198.18.7.1")).isTrue();
        assertThat(admits("203.0.113.1")).isTrue();
        assertThat(admits("203.0.113.254")).isFalse();
        assertThat(admits("203.0.113.253")).as("a route that is down").isFalse();
        assertThat(admits("203.0.113.252")).as("half of all addresses").isFalse();
    }

    @Test
    void aChangedRouteCountsWithinASecond() throws IOException {
        assertThat(admits("198.18.7.1")).isTrue();
        Files.writeString(root.resolve("net/route"), BRIDGE.replace("010712C6", "016433C6"));
        assertThat(admits("198.18.7.1")).isFalse();
        assertThat(admits("198.51.100.1")).isTrue();
    }

    @Test
    void onTheHostsNetworkTheGatewayIsSomebodyElse() throws IOException {
        Files.createDirectory(root.resolve("class/eth0/device"));
        assertThat(admits("198.18.7.1")).isFalse();
        assertThat(admits("127.0.0.1")).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"macvlan", "ipvlan", "vlan", "bridge", "bond", "wlan", "wireguard"})
    void behindAnInterfaceOnTopOfAnotherTheGatewayIsSomebodyElse(String kind) throws IOException {
        device("eth0", "DEVTYPE=" + kind + "\nINTERFACE=eth0\n");
        assertThat(admits("198.18.7.1")).isFalse();
    }

    @Test
    void withoutRoutesOrInterfacesOnlyLoopbackCounts() throws IOException {
        Files.delete(root.resolve("class/eth0/uevent"));
        assertThat(admits("198.18.7.1")).isFalse();
        Files.delete(root.resolve("net/route"));
        assertThat(admits("198.18.7.1")).isFalse();
        assertThat(admits("127.0.0.1")).isTrue();
    }

    @Test
    void anyTextIsATableOfRoutes() {
        SeededCases.check(
                500,
                values -> {
                    StringBuilder text = new StringBuilder();
                    for (int left = values.between(0, 40); left > 0; left--) {
                        text.append(
                                values.oneOf(
                                        "eth0",
                                        "\t",
                                        "\n",
                                        " ",
                                        "00000000",
                                        "0003",
                                        "010712C6",
                                        "xyz",
                                        "..",
                                        "/",
                                        "0".repeat(32),
                                        "00"));
                    }
                    Files.writeString(root.resolve("net/route"), text);
                    Files.writeString(root.resolve("net/ipv6_route"), text);
                    assertThat(admits("203.0.113.9")).isFalse();
                });
    }

    @Test
    void aContainerIsKnownByItsMarks(@TempDir Path other) throws IOException {
        assertThat(Container.isInside(other, Map.of())).isFalse();
        assertThat(Container.isInside(other, Map.of("container", "podman"))).isTrue();
        Files.createDirectories(other.resolve("proc/1"));
        Files.writeString(other.resolve("proc/1/cgroup"), "0::/init.scope\n");
        assertThat(Container.isInside(other, Map.of())).isFalse();
        Files.writeString(other.resolve("proc/1/cgroup"), "4:cpu:/docker/4711\n");
        assertThat(Container.isInside(other, Map.of())).isTrue();
        Files.writeString(other.resolve("proc/1/cgroup"), "0::/\n");
        Files.createFile(other.resolve(".dockerenv"));
        assertThat(Container.isInside(other, Map.of())).isTrue();
    }
}
