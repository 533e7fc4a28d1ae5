package dev.microsandbox.mcp.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microsandbox.mcp.session.computer.ComputerSummary;
import dev.microsandbox.mcp.session.computer.Lane;
import dev.microsandbox.mcp.session.computer.SandboxLease;
import dev.microsandbox.mcp.session.disk.Checkpoint;
import dev.microsandbox.mcp.session.limits.SessionException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Forks of a session's computer. */
@Timeout(30)
class ForksTest {

    @TempDir Path directory;
    private SessionFixture fixture;

    @BeforeEach
    void open() {
        fixture = new SessionFixture(directory);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void aForkGoesItsOwnWay() throws InterruptedException {
        FakeSandbox own = fixture.call("a");
        own.putFile("shared");
        String id = fixture.fork("a");
        assertThat(id).isEqualTo("f1");
        FakeSandbox fork = fixture.call("a", id);
        assertThat(fork.file()).isEqualTo("shared");
        fork.putFile("the fork's");
        assertThat(own.file()).isEqualTo("shared");
        assertThat(fixture.session("a").computers())
                .containsExactly(
                        new ComputerSummary("", "running"), new ComputerSummary("f1", "running"));
        assertThat(directory.resolve("a/forks/f1")).doesNotExist();

        fixture.sessions.end("a");
        assertThat(fork.isClosed()).isTrue();
        assertThat(fixture.sessions.sandboxes()).isZero();
    }

    @Test
    void aForkHasLanesAndCheckpointsLikeEveryComputer() throws InterruptedException {
        fixture.call("a").putFile("base");
        fixture.checkpoint("a", "base");
        String id = fixture.session("a").forkOf("base", SessionFixture::nothing);
        FakeSandbox fork = fixture.call("a", id);
        try (SandboxLease own =
                        fixture.session("a").acquire("", Lane.CODE, SessionFixture::nothing);
                SandboxLease other =
                        fixture.session("a").acquire(id, Lane.CODE, SessionFixture::nothing)) {
            assertThat(own.sandbox()).isNotSameAs(other.sandbox());
        }
        fork.putFile("changed");
        SandboxSession.WithNotice<Checkpoint> made =
                fixture.session("a").checkpoint(id, "", SessionFixture::nothing);
        assertThat(made.made().computer()).isEqualTo("f1");
        fixture.session("a").restore(id, "base", SessionFixture::nothing);
        assertThat(fork.file()).isEqualTo("base");
        assertThat(fork.restores).hasValue(1);

        // The fork's checkpoint is not in the lineage of the session's own machine, so that machine
        // is replaced.
        FakeSandbox before = fixture.call("a");
        fixture.restore("a", made.made().id());
        assertThat(before.isClosed()).isTrue();
        assertThat(fixture.call("a").file()).isEqualTo("changed");
    }

    @Test
    void forksCountAgainstTheTotals() throws InterruptedException {
        fixture.call("a");
        fixture.fork("a");
        fixture.fork("a");
        assertThatThrownBy(() -> fixture.fork("a"))
                .isInstanceOf(SessionException.class)
                .hasMessageContaining("The server is full");
        assertThat(fixture.session("a").computers()).hasSize(3);
        assertThatThrownBy(() -> fixture.call("b")).hasMessageContaining("The server is full");
        fixture.sessions.end("a");
        assertThat(fixture.call("b").isAlive()).isTrue();
    }

    @Test
    void aForkThatDiesIsGone() throws InterruptedException {
        fixture.call("a");
        String id = fixture.fork("a");
        fixture.call("a", id).die();
        assertThatThrownBy(() -> fixture.call("a", id))
                .isInstanceOf(SessionException.class)
                .hasMessageContaining("Computer f1 ended unexpectedly")
                .hasMessageContaining("fork");
        assertThat(fixture.session("a").computers()).hasSize(1);
        assertThat(fixture.sessions.sandboxes()).isEqualTo(1);
        assertThatThrownBy(() -> fixture.call("a", "f7"))
                .hasMessageContaining("There is no computer f7");
    }
}
