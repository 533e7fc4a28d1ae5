package dev.microsandbox.mcp.session.disk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.session.SessionFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A disk on which no record can be written must not offer a state that has been woken. */
@Timeout(30)
class SessionRecordTest {

    private static final SessionFile.SuspendedComputer SLEEPER =
            new SessionFile.SuspendedComputer("", Instant.EPOCH, Instant.EPOCH, List.of("m"));
    private static final SessionFile ASLEEP = file("", SLEEPER);
    private static final SessionFile AWAKE = file("");
    private static final String TOO_LONG = "n".repeat(1 << 20);

    @TempDir Path sessions;
    private Path file;
    private SessionRecord record;
    private Optional<SessionFile> now = Optional.of(ASLEEP);

    @BeforeEach
    void begin() {
        file = sessions.resolve("a/session");
        record = new SessionRecord(new SessionDirectory(sessions, "a"), () -> now);
    }

    private static SessionFile file(String note, SessionFile.SuspendedComputer... sleepers) {
        return new SessionFile(
                SessionFixture.client(note), Instant.EPOCH, 0, List.of(sleepers), List.of());
    }

    @Test
    void isWhatWasSoLast() throws IOException {
        assertThat(record.update()).isTrue();
        assertThat(SessionFile.read(file)).isEqualTo(ASLEEP);
        now = Optional.of(AWAKE);
        assertThat(record.update()).isTrue();
        assertThat(SessionFile.read(file)).isEqualTo(AWAKE);
        now = Optional.empty();
        assertThat(record.update()).isTrue();
        assertThat(file).doesNotExist();
    }

    @Test
    void oneThatCannotBeWrittenIsRemovedIfTheOldOneIsWrong() {
        record.update();
        now = Optional.of(file(TOO_LONG));
        assertThat(record.update()).isTrue();
        assertThat(file).doesNotExist();
    }

    @Test
    void oneThatCannotBeWrittenLeavesTheOldOneThatOffersLess() throws IOException {
        record.update();
        now =
                Optional.of(
                        file(
                                TOO_LONG,
                                SLEEPER,
                                new SessionFile.SuspendedComputer(
                                        "f1", Instant.EPOCH, Instant.EPOCH, List.of("m"))));
        assertThat(record.update()).isTrue();
        assertThat(SessionFile.read(file)).isEqualTo(ASLEEP);
    }

    @Test
    void whatTheDiskGoesOnToOfferIsSaid() throws IOException {
        record.update();
        stick();
        now = Optional.of(AWAKE);
        assertThat(record.update()).isFalse();
        // The record remembers that the disk still offers the state.
        assertThat(record.update()).isFalse();
        Files.delete(file.resolve("stuck"));
        Files.delete(file);
        assertThat(record.update()).isTrue();
    }

    /** Makes a place impossible to write and to remove. */
    private void stick() throws IOException {
        Files.delete(file);
        Files.createDirectory(file);
        Files.createFile(file.resolve("stuck"));
    }

    @Test
    void theEndIsTheEnd() {
        record.update();
        record.end();
        assertThat(file).doesNotExist();
        assertThat(record.update()).isTrue();
        assertThat(file).doesNotExist();
    }
}
