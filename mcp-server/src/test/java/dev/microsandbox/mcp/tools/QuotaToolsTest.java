package dev.microsandbox.mcp.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.session.FakeFactory;
import dev.microsandbox.mcp.session.SandboxSessions;
import dev.microsandbox.mcp.session.computer.SessionClock;
import dev.microsandbox.mcp.session.limits.PoolLimits;
import dev.microsandbox.mcp.session.limits.Quota;
import dev.microsandbox.mcp.session.limits.SandboxLimits;
import dev.microsandbox.mcp.session.limits.Terms;
import dev.microsandbox.mcp.tools.computer.SessionInfo;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What an agent sees of its namespace's quota. */
@Timeout(30)
class QuotaToolsTest {

    @TempDir Path directory;

    private final AtomicLong clock = new AtomicLong();

    @SuppressWarnings("NullAway.Init")
    private SandboxSessions sessions;

    @BeforeEach
    void open() {
        sessions =
                new SandboxSessions(
                        new FakeFactory(),
                        namespace ->
                                namespace.equals("free")
                                        ? Terms.DEFAULT
                                        : Terms.DEFAULT.withQuota(
                                                Quota.NONE
                                                        .withSandboxes(4)
                                                        .withDiskBytes(2L << 30)
                                                        .withCallsPerMinute(2)),
                        new SandboxLimits(8, 8L << 30),
                        PoolLimits.NONE,
                        directory,
                        new SessionClock(clock::get, InstantSource.system()));
    }

    @AfterEach
    void close() {
        sessions.close();
    }

    private CallToolResult call(String namespace) {
        return new ToolHandler(new SessionInfo(), sessions, ToolHarness.PROGRESS_INTERVAL)
                .handle(new Caller(namespace), Map.of());
    }

    @Test
    void sessionInfoTellsTheQuotaAndItsUse() {
        assertThat(ToolHarness.text(call("team-a")))
                .contains("namespace_quota: 1 of 4 sandboxes, 0 bytes of 2 GiB of disk");
        assertThat(ToolHarness.text(call("free"))).doesNotContain("namespace_quota");
    }

    @Test
    void aCallTooManyIsAnErrorThatSaysWhenToTryAgain() {
        for (int i = 0; i < 2; i++) {
            assertThat(call("team-a").isError()).isNotEqualTo(true);
        }
        CallToolResult refused = call("team-a");
        assertThat(refused.isError()).isTrue();
        assertThat(ToolHarness.text(refused))
                .contains("Namespace 'team-a' has made the 2 calls", "Try again in 30 s.");
        assertThat(call("free").isError()).isNotEqualTo(true);
        clock.addAndGet(30_000_000_000L);
        assertThat(call("team-a").isError()).isNotEqualTo(true);
    }

    private record Caller(String namespace) implements ToolCaller {

        @Override
        public String sessionId() {
            return "session-of-" + namespace;
        }

        @Override
        public boolean wantsProgress() {
            return false;
        }

        @Override
        public void progress(double seconds, String message) {}

        @Override
        public void log(String message) {}
    }
}
