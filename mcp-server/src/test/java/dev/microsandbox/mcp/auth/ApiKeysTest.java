package dev.microsandbox.mcp.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.microsandbox.mcp.auth.KeyCheck.Accepted;
import dev.microsandbox.mcp.auth.KeyCheck.Reason;
import dev.microsandbox.mcp.auth.KeyCheck.Refused;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApiKeysTest {

    private static final Instant NOW = Instant.parse("2026-05-06T07:08:09Z");

    @TempDir Path home;
    private Path directory = Path.of("");
    private Instant time = NOW;
    private ApiKeys keys = new ApiKeys(Path.of(""));

    @BeforeEach
    void makeStore() {
        directory = home.resolve("keys");
        keys = open();
    }

    /** Opens the store as another process would. */
    private ApiKeys open() {
        InstantSource clock = () -> time;
        return new ApiKeys(directory, clock);
    }

    private Refused refused(@Nullable String token) {
        return (Refused) keys.check(token);
    }

    @Test
    void aNewKeyIsAccepted() throws IOException {
        IssuedKey issued = keys.create("team-a", null);
        assertThat(keys.check(issued.token())).isEqualTo(new Accepted(issued.key()));
        assertThat(issued.key())
                .isEqualTo(new ApiKey(issued.key().id(), "team-a", NOW, null, null));
        assertThat(keys.stillValid(issued.key().id())).isTrue();
        assertThat(keys.anyValid()).isTrue();
    }

    @Test
    void surroundingSpaceIsForgiven() throws IOException {
        IssuedKey issued = keys.create("team-a", null);
        assertThat(keys.check("  " + issued.token() + "\t")).isInstanceOf(Accepted.class);
    }

    @Test
    void theSecretIsNotStored() throws IOException {
        IssuedKey issued = keys.create("team-a", null);
        String secret = issued.token().substring("msb_12345678_".length());
        try (var files = Files.list(directory)) {
            for (Path file : files.toList()) {
                assertThat(Files.readString(file)).doesNotContain(secret);
            }
        }
        assertThat(issued.toString()).doesNotContain(secret);
    }

    @Test
    void filesAreForTheOwnerAlone() throws IOException {
        IssuedKey issued = keys.create("team-a", null);
        Path file = directory.resolve(issued.key().id() + ".json");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
                .isEqualTo("rwx------");
        keys.revoke(issued.key().id());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void noTokenIsRefused() {
        assertThat(refused(null).reason()).isEqualTo(Reason.MISSING);
        assertThat(refused(null).message()).contains("msb key create");
    }

    @Test
    void aMistypedTokenIsRecognised() throws IOException {
        String token = keys.create("team-a", null).token();
        String cut = token.substring(0, token.length() - 1);
        assertThat(refused(cut).reason()).isEqualTo(Reason.MALFORMED);
        assertThat(refused(cut).message()).doesNotContain(cut);
    }

    @Test
    void aKeyOfAnotherServerIsUnknown() throws IOException {
        String token = new ApiKeys(home.resolve("other")).create("team-a", null).token();
        assertThat(refused(token).reason()).isEqualTo(Reason.UNKNOWN);
    }

    @Test
    void aKnownIdWithAnotherSecretIsUnknown() throws IOException {
        IssuedKey issued = keys.create("team-a", null);
        keys.revoke(issued.key().id());
        String other = new ApiKeys(home.resolve("other")).create("team-a", null).token();
        String body = "msb_" + issued.key().id() + other.substring(12, other.length() - 6);
        // A client without the secret does not even learn that the key was revoked.
        assertThat(refused(body + crc(body)).reason()).isEqualTo(Reason.UNKNOWN);
    }

    private static String crc(String body) {
        String alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        var crc = new CRC32();
        crc.update(body.getBytes(StandardCharsets.US_ASCII));
        StringBuilder text = new StringBuilder();
        for (long rest = crc.getValue(); text.length() < 6; rest /= 62) {
            text.insert(0, alphabet.charAt((int) (rest % 62)));
        }
        return text.toString();
    }

    @Test
    void aKeyExpires() throws IOException {
        IssuedKey issued = keys.create("team-a", Duration.ofDays(1));
        time = NOW.plus(Duration.ofDays(1)).minusMillis(1);
        assertThat(keys.check(issued.token())).isInstanceOf(Accepted.class);
        time = NOW.plus(Duration.ofDays(1));
        assertThat(refused(issued.token()).reason()).isEqualTo(Reason.EXPIRED);
        assertThat(refused(issued.token()).message()).contains("2026-05-07T07:08:09Z");
        assertThat(keys.stillValid(issued.key().id())).isFalse();
        assertThat(keys.anyValid()).isFalse();
    }

    @Test
    void revokingInAnotherProcessCountsAtOnce() throws IOException {
        IssuedKey issued = keys.create("team-a", null);
        assertThat(keys.check(issued.token())).isInstanceOf(Accepted.class);
        time = NOW.plusSeconds(5);
        assertThat(open().revoke(issued.key().id()))
                .get()
                .extracting(ApiKey::revoked)
                .isEqualTo(time);
        assertThat(refused(issued.token()).reason()).isEqualTo(Reason.REVOKED);
        assertThat(refused(issued.token()).message()).contains("2026-05-06T07:08:14Z");
        assertThat(keys.stillValid(issued.key().id())).isFalse();
    }

    @Test
    void revokingTwiceKeepsTheFirstTime() throws IOException {
        String id = keys.create("team-a", null).key().id();
        keys.revoke(id);
        time = NOW.plusSeconds(100);
        assertThat(keys.revoke(id)).get().extracting(ApiKey::revoked).isEqualTo(NOW);
    }

    @Test
    void revokingWhatIsNotThereSaysSo() throws IOException {
        assertThat(keys.revoke("abcdefgh")).isEmpty();
        assertThat(keys.revoke("../../x")).isEmpty();
    }

    @Test
    void theListIsOrderedByAge() throws IOException {
        assertThat(keys.list()).isEmpty();
        ApiKey first = keys.create("team-a", null).key();
        time = NOW.plusSeconds(1);
        ApiKey second = keys.create("team-b", Duration.ofHours(1)).key();
        Files.writeString(directory.resolve("README.json"), "not a key");
        assertThat(keys.list()).containsExactly(first, second);
    }

    @Test
    void keysMadeAtTheSameTimeAreAllThere() throws Exception {
        List<Callable<String>> tasks = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            tasks.add(() -> open().create("team-a", null).token());
        }
        List<String> tokens = new ArrayList<>();
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<String> future : executor.invokeAll(tasks)) {
                tokens.add(future.get());
            }
        }
        assertThat(keys.list()).hasSize(50);
        assertThat(tokens).allSatisfy(t -> assertThat(keys.check(t)).isInstanceOf(Accepted.class));
    }

    @Test
    void badArgumentsAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> keys.create("Team A", null));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> keys.create("team-a", Duration.ZERO))
                .withMessageContaining("positive");
    }

    @Test
    void aDamagedFileIsNamed() throws IOException {
        String id = keys.create("team-a", null).key().id();
        Files.writeString(directory.resolve(id + ".json"), "{\"namespace\":\"team-a\"");
        assertThatIOException().isThrownBy(keys::list).withMessageContaining(id + ".json");
    }
}
