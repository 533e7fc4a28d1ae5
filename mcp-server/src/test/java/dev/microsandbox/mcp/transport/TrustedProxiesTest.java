package dev.microsandbox.mcp.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who a client is behind a reverse proxy. */
@Timeout(60)
class TrustedProxiesTest {

    @TempDir Path home;

    private HttpFixture serve(Set<String> proxies) throws IOException {
        return new HttpFixture(
                home,
                HttpFixture.settings()
                        .withDevelopmentMode(true)
                        .withTrustedProxies(proxies)
                        .withLimits(HttpFixture.LIMITS, new SessionLimits(10, 1)));
    }

    private static int initialize(HttpFixture http, String client) throws Exception {
        return http.send(http.post(Messages.initialize(1)).header("X-Forwarded-For", client))
                .statusCode();
    }

    @Test
    void aTrustedProxysClientsHaveLimitsOfTheirOwn() throws Exception {
        try (HttpFixture http = serve(Set.of("127.0.0.0/8"))) {
            assertThat(initialize(http, "192.0.2.1")).isEqualTo(200);
            assertThat(initialize(http, "192.0.2.1")).isEqualTo(429);
            assertThat(initialize(http, "192.0.2.2")).isEqualTo(200);
        }
    }

    @Test
    void nobodyElseIsBelieved() throws Exception {
        try (HttpFixture http = serve(Set.of("192.0.2.0/24"))) {
            assertThat(initialize(http, "192.0.2.1")).isEqualTo(200);
            assertThat(initialize(http, "192.0.2.2")).isEqualTo(429);
        }
    }
}
