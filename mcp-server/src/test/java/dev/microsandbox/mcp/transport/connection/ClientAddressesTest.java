package dev.microsandbox.mcp.transport.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClientAddressesTest {

    private final ClientAddresses addresses =
            new ClientAddresses(Set.of("10.0.0.0/9", "192.0.2.1", "2001:db8::/33"));

    @ParameterizedTest
    @CsvSource({
        // Not a proxy: what it says does not count.
        "203.0.113.9, 198.51.100.7, 203.0.113.9",
        "10.128.0.1, 198.51.100.7, 10.128.0.1",
        "10.127.255.255, 198.51.100.7, 198.51.100.7",
        "192.0.2.1, '1.1.1.1, 198.51.100.7', 198.51.100.7",
        "192.0.2.1, '1.1.1.1, 198.51.100.7, 10.0.0.5', 198.51.100.7",
        "192.0.2.1, '', 192.0.2.1",
        "192.0.2.1, 'unknown', 192.0.2.1",
        "192.0.2.1, 'localhost', 192.0.2.1",
        "2001:db8:7fff::1, 198.51.100.7, 198.51.100.7",
        "2001:db8:8000::1, 198.51.100.7, 20:01:0d:b8:80:00:00:00",
        "::ffff:192.0.2.1, 198.51.100.7, 198.51.100.7"
    })
    void aTrustedProxyTellsTheClient(String peer, String forwardedFor, String name) {
        assertThat(
                        addresses.nameOf(
                                new InetSocketAddress(InetAddress.ofLiteral(peer), 1),
                                List.of(forwardedFor)))
                .isEqualTo(name);
    }

    @Test
    void anIpv6SiteIsOneClient() {
        String one = addresses.nameOf(of("2001:db9:1:2:3:4:5:6"), List.of());
        assertThat(addresses.nameOf(of("2001:db9:1:2::1"), List.of())).isEqualTo(one);
        assertThat(addresses.nameOf(of("2001:db9:1:3::1"), List.of())).isNotEqualTo(one);
    }

    @ParameterizedTest
    @ValueSource(strings = {"proxy.example", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/x", "::/129"})
    void aRangeMustBeOne(String text) {
        assertThatThrownBy(() -> new ClientAddresses(Set.of(text)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static InetSocketAddress of(String address) {
        return new InetSocketAddress(InetAddress.ofLiteral(address), 1);
    }
}
