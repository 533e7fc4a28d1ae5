package dev.microsandbox.mcp.session;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.microsandbox.mcp.session.disk.Leftovers;
import dev.microsandbox.mcp.session.disk.SessionDirectory;
import dev.microsandbox.vmm.storage.FileTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A suspended state from which no machine can resume is kept, not deleted. */
@Timeout(30)
class RefusedStateTest {

    private static final String LOST = "could not be woken";

    @TempDir Path directory;

    /** Suspends a session's computer and makes its state one that is refused. */
    private void suspend(SessionFixture fixture, String content) throws Exception {
        fixture.call("a").content.put("file", "mine".getBytes(UTF_8));
        fixture.pass(SessionFixture.IDLE);
        fixture.sessions.sweep();
        await().until(() -> fixture.sessions.sandboxes() == 0);
        await().until(
                        () ->
                                fixture.session("a")
                                        .computers()
                                        .getFirst()
                                        .state()
                                        .equals("suspended"));
        replaceState(content);
    }

    private void replaceState(String content) throws IOException {
        Path state = directory.resolve("a/suspended/main");
        FileTree.delete(state);
        Files.writeString(state, content);
    }

    @Test
    void theFirstIsKeptUntilItsSessionEnds() throws Exception {
        Path kept = directory.resolve("a/refused/main");
        try (SessionFixture fixture = new SessionFixture(directory)) {
            suspend(fixture, "the first");
            assertThat(fixture.notice("a")).contains(LOST);
            assertThat(kept).hasContent("the first");
            assertThat(directory.resolve("a/suspended/main")).doesNotExist();

            suspend(fixture, "the second");
            assertThat(fixture.notice("a")).contains(LOST);
            assertThat(kept).hasContent("the first");
            assertThat(directory.resolve("a/suspended/main")).doesNotExist();

            fixture.sessions.end("a");
            assertThat(directory.resolve("a")).doesNotExist();
        }
    }

    @Test
    void itOutlivesAStopOfTheServer() throws Exception {
        Path kept = directory.resolve("a/refused/main");
        try (SessionFixture before = new SessionFixture(directory)) {
            before.call("a");
            assertThat(before.sessions.keep("a", SessionFixture.client(""))).isTrue();
        }
        replaceState("of another release");
        try (SessionFixture after = new SessionFixture(directory)) {
            assertThat(after.notice("a")).contains(LOST);
            assertThat(kept).hasContent("of another release");
            assertThat(after.sessions.keep("a", SessionFixture.client(""))).isTrue();
        }
        Leftovers.remove(directory, SessionFixture.BEGIN);
        assertThat(kept).hasContent("of another release");
    }

    /** A guest can make its state one that does not start, again and again. */
    @Test
    void oneThatOnlyDoesNotStartIsRemoved() throws Exception {
        try (SessionFixture fixture = new SessionFixture(directory)) {
            suspend(fixture, "");
            FileTree.delete(directory.resolve("a/suspended/main"));
            Files.createDirectory(directory.resolve("a/suspended/main"));
            fixture.factory.failWith("broken");
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(() -> fixture.call("a")).hasMessage("broken");
            }
            fixture.factory.failWith("");
            assertThat(fixture.notice("a")).contains(LOST);
            assertThat(directory.resolve("a/refused")).doesNotExist();
            assertThat(directory.resolve("a/suspended/main")).doesNotExist();
        }
    }

    @Test
    void noMoreAreKeptThanASessionCanHaveComputers() throws Exception {
        Path suspended = Files.createDirectories(directory.resolve("a/suspended"));
        for (int i = 0; i < 12; i++) {
            Path state = Files.createDirectory(suspended.resolve("f" + i));
            Files.writeString(state.resolve("file"), "of another release");
            SessionDirectory.setAside(state);
        }
        assertThat(suspended).isEmptyDirectory();
        try (Stream<Path> kept = Files.list(directory.resolve("a/refused"))) {
            assertThat(kept).hasSize(9);
        }
    }

    @Test
    void oneThatCannotBeSetAsideStaysWhereItIs() throws Exception {
        Path state = Files.createDirectories(directory.resolve("a/suspended/main"));
        Files.writeString(directory.resolve("a/refused"), "no directory");
        SessionDirectory.setAside(state);
        assertThat(state).isDirectory();
    }
}
