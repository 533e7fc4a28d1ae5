package dev.microsandbox.mcp.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.FormerRelease;
import dev.microsandbox.mcp.auth.KeyCheck.Accepted;
import dev.microsandbox.mcp.auth.KeyCheck.Reason;
import dev.microsandbox.mcp.auth.KeyCheck.Refused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys of the former release. */
class FormerKeysTest {

    private static final Instant MADE = Instant.parse("2026-01-02T03:04:05Z");
    private static final String VALID = "msb_u83fcdpb_oWlFb83oEmqwoQJsFTkJl4cZPjVRu9tK0rJXCM";
    private static final String EXPIRING = "msb_asavvud3_yUKFLYKre0zyopiByJ06fENZRjY41PVe1UnzPG";
    private static final String REVOKED = "msb_4bepm6uv_kv8MSxkVOZvfWuqiI4AMQHOWiWzzeWrr1EqPIc";

    @TempDir private Path directory;

    @BeforeEach
    void copy() throws IOException {
        try (Stream<Path> files = Files.list(FormerRelease.file("keys"))) {
            for (Path file : files.toList()) {
                Files.copy(file, directory.resolve(file.getFileName().toString()));
            }
        }
    }

    private ApiKeys at(Instant now) {
        return new ApiKeys(directory, InstantSource.fixed(now));
    }

    @Test
    void theyAreCheckedAsBefore() throws IOException {
        ApiKeys keys = at(MADE.plusSeconds(60));
        assertThat(keys.list()).hasSize(3);
        assertThat(keys.check(VALID))
                .isEqualTo(new Accepted(new ApiKey("u83fcdpb", "team", MADE, null, null)));
        assertThat(keys.check(EXPIRING)).isInstanceOf(Accepted.class);
        assertThat(((Refused) keys.check(REVOKED)).reason()).isEqualTo(Reason.REVOKED);
        assertThat(((Refused) at(MADE.plusSeconds(200_000)).check(EXPIRING)).reason())
                .isEqualTo(Reason.EXPIRED);
    }

    @Test
    void theyCanBeRevoked() throws IOException {
        ApiKeys keys = at(MADE.plusSeconds(60));
        assertThat(keys.revoke("u83fcdpb")).isPresent();
        assertThat(((Refused) keys.check(VALID)).reason()).isEqualTo(Reason.REVOKED);
        assertThat(directory.resolve("u83fcdpb.json"))
                .hasContent(
                        Files.readString(FormerRelease.file("keys/u83fcdpb.json"))
                                .replace("}", ",\"revoked\":\"2026-01-02T03:05:05Z\"}"));
    }
}
