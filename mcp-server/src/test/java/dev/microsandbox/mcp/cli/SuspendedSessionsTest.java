package dev.microsandbox.mcp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.session.FakeFactory;
import dev.microsandbox.mcp.session.SandboxSessions;
import dev.microsandbox.mcp.session.computer.Lane;
import dev.microsandbox.mcp.session.limits.CheckpointLimits;
import dev.microsandbox.mcp.session.limits.PoolLimits;
import dev.microsandbox.mcp.session.limits.SandboxLimits;
import dev.microsandbox.mcp.transport.KeptSession;
import dev.microsandbox.vmm.SandboxConfig;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SuspendedSessionsTest {

    @TempDir Path directory;

    private SandboxSessions sessions(boolean suspend) {
        return new SandboxSessions(
                new FakeFactory(),
                namespace -> SandboxConfig.DEFAULT,
                new SandboxLimits(
                        4, 8L << 30, Duration.ofMinutes(15), Duration.ofHours(8), suspend),
                new CheckpointLimits(1, 1000),
                PoolLimits.NONE,
                directory);
    }

    private static void call(SandboxSessions sessions, String id) throws InterruptedException {
        sessions.session(id, "team").acquire("", Lane.FREE, () -> {}).close();
    }

    @Test
    void givesBackWhatWasKept() throws InterruptedException {
        KeptSession keyed = new KeptSession("a", "team", "key-1", "{\"protocolVersion\":\"x\"}");
        KeptSession keyless = new KeptSession("b", "default", null, "{}");
        try (SandboxSessions before = sessions(true)) {
            call(before, "a");
            call(before, "b");
            SuspendedSessions suspended = new SuspendedSessions(before);
            assertThat(suspended.keep(keyed)).isTrue();
            assertThat(suspended.keep(keyless)).isTrue();
        }
        try (SandboxSessions after = sessions(true)) {
            SuspendedSessions suspended = new SuspendedSessions(after);
            assertThat(suspended.find("a")).contains(keyed);
            assertThat(suspended.find("b")).contains(keyless);
            assertThat(suspended.find("c")).isEmpty();
            assertThat(suspended.find("../a")).isEmpty();
        }
    }

    @Test
    void keepsNothingWhereThatIsSwitchedOff() throws InterruptedException {
        try (SandboxSessions sessions = sessions(false)) {
            call(sessions, "a");
            assertThat(
                            new SuspendedSessions(sessions)
                                    .keep(new KeptSession("a", "team", null, "{}")))
                    .isFalse();
        }
    }
}
