package dev.microsandbox.mcp.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.life.SessionClient;
import dev.microsandbox.mcp.session.computer.Lane;
import dev.microsandbox.mcp.session.computer.SessionClock;
import dev.microsandbox.mcp.session.limits.Lifespan;
import dev.microsandbox.mcp.session.limits.PoolLimits;
import dev.microsandbox.mcp.session.limits.SandboxLimits;
import dev.microsandbox.mcp.session.limits.Terms;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SessionClientTest {

    @TempDir Path directory;

    private SandboxSessions sessions(boolean suspend) {
        return new SandboxSessions(
                new FakeFactory(),
                _ ->
                        Terms.DEFAULT.withLifespan(
                                new Lifespan(
                                        SessionFixture.IDLE, SessionFixture.LIFETIME, suspend)),
                new SandboxLimits(4, 8L << 30),
                PoolLimits.NONE,
                directory,
                SessionClock.SYSTEM);
    }

    private static void call(SandboxSessions sessions, String id) throws InterruptedException {
        sessions.session(id, "team").acquire("", Lane.FREE, () -> {}).close();
    }

    @Test
    void givesBackWhatWasKept() throws InterruptedException {
        SessionClient keyed = new SessionClient("team", "key-1", Map.of("protocolVersion", "x"));
        SessionClient keyless = new SessionClient("default", null, Map.of());
        try (SandboxSessions before = sessions(true)) {
            call(before, "a");
            call(before, "b");
            assertThat(before.keep("a", keyed)).isTrue();
            assertThat(before.keep("b", keyless)).isTrue();
        }
        try (SandboxSessions after = sessions(true)) {
            assertThat(after.kept("a")).contains(keyed);
            assertThat(after.kept("b")).contains(keyless);
            assertThat(after.kept("c")).isEmpty();
            assertThat(after.kept("../a")).isEmpty();
        }
    }

    @Test
    void keepsNothingWhereThatIsSwitchedOff() throws InterruptedException {
        try (SandboxSessions sessions = sessions(false)) {
            call(sessions, "a");
            assertThat(sessions.keep("a", new SessionClient("team", null, Map.of()))).isFalse();
        }
    }
}
