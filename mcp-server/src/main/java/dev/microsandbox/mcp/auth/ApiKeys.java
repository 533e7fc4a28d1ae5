package dev.microsandbox.mcp.auth;

import dev.microsandbox.mcp.auth.KeyCheck.Accepted;
import dev.microsandbox.mcp.auth.KeyCheck.Reason;
import dev.microsandbox.mcp.auth.KeyCheck.Refused;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The API keys of a server: a directory with one file for each key.
 *
 * <p>Nothing is cached. Each check reads one small file, so the creation or revocation of a key by
 * another process takes effect with the next request. Files are replaced by renaming. The only
 * change to a key is its revocation, so concurrent writers do no harm and no lock is needed.
 *
 * <p>Thread-safe.
 */
public final class ApiKeys {

    private final Path directory;
    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();

    /**
     * Uses a directory, which is created together with the first key.
     *
     * @param directory usually {@code $MICROSANDBOX_HOME/namespaces/keys}
     */
    public ApiKeys(Path directory) {
        this(directory, InstantSource.system());
    }

    ApiKeys(Path directory, InstantSource clock) {
        this.directory = directory;
        this.clock = clock;
    }

    /**
     * Creates a key.
     *
     * @param namespace the namespace whose sandboxes the key opens
     * @param lifetime how long the key is valid; null if it never expires
     * @throws IllegalArgumentException if the namespace is not a valid name or the lifetime is not
     *     positive
     * @throws IOException if the key cannot be stored
     */
    public IssuedKey create(String namespace, @Nullable Duration lifetime) throws IOException {
        Namespaces.validate(namespace);
        if (lifetime != null && !lifetime.isPositive()) {
            throw new IllegalArgumentException("A key's lifetime must be positive.");
        }
        KeyFile.createDirectory(directory);
        Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
        Instant expires = lifetime == null ? null : clock.instant().plus(lifetime);
        KeyToken token;
        do {
            token = KeyToken.random(random);
        } while (KeyFile.exists(directory, token.id()));
        ApiKey key = new ApiKey(token.id(), namespace, now, expires, null);
        new KeyFile(key, token.sha256()).write(directory);
        return new IssuedKey(key, token.text());
    }

    /**
     * All keys, oldest first, including expired and revoked ones.
     *
     * @throws IOException if the store cannot be read or holds a damaged file
     */
    public List<ApiKey> list() throws IOException {
        List<ApiKey> keys = new ArrayList<>();
        try (DirectoryStream<Path> files =
                Files.newDirectoryStream(directory, "*" + KeyFile.SUFFIX)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                String id = name.substring(0, name.length() - KeyFile.SUFFIX.length());
                if (KeyToken.isId(id)) {
                    keys.add(KeyFile.read(directory, id).key());
                }
            }
        } catch (NoSuchFileException e) {
            return List.of();
        }
        keys.sort(Comparator.comparing(ApiKey::created).thenComparing(ApiKey::id));
        return List.copyOf(keys);
    }

    /** Whether any key is valid now. */
    public boolean anyValid() throws IOException {
        Instant now = clock.instant();
        return list().stream().anyMatch(key -> key.validAt(now));
    }

    /**
     * Revokes a key for good. Its file remains, so that the key's user can be told what happened.
     *
     * @return the revoked key; empty if there is no key with this id
     * @throws IOException if the store cannot be read or written
     */
    public Optional<ApiKey> revoke(String id) throws IOException {
        if (!KeyToken.isId(id)) {
            return Optional.empty();
        }
        KeyFile file;
        try {
            file = KeyFile.read(directory, id);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        ApiKey key = file.key();
        if (key.revoked() != null) {
            return Optional.of(key);
        }
        ApiKey revoked =
                new ApiKey(
                        id,
                        key.namespace(),
                        key.created(),
                        key.expires(),
                        clock.instant().truncatedTo(ChronoUnit.SECONDS));
        new KeyFile(revoked, file.sha256()).write(directory);
        return Optional.of(revoked);
    }

    /**
     * Checks a client's token. Only a client that has the key's secret learns whether the key has
     * expired or was revoked.
     *
     * @param token what the client sent; null if it sent none
     * @throws UncheckedIOException if the store cannot be read
     */
    public KeyCheck check(@Nullable String token) {
        if (token == null) {
            return new Refused(
                    Reason.MISSING,
                    "An API key is needed: send 'Authorization: Bearer msb_…' or 'X-API-Key:"
                            + " msb_…'. Make one with 'msb key create --namespace NAME'.");
        }
        KeyToken parsed;
        try {
            parsed = KeyToken.parse(token.strip());
        } catch (IllegalArgumentException e) {
            return new Refused(
                    Reason.MALFORMED,
                    "This is no API key of this server: "
                            + e.getMessage()
                            + ". Check that it was copied whole.");
        }
        Optional<KeyFile> file = find(parsed.id());
        if (file.isEmpty() || !MessageDigest.isEqual(file.get().sha256(), parsed.sha256())) {
            return new Refused(
                    Reason.UNKNOWN,
                    "This server does not know this API key. List its keys with 'msb key list'.");
        }
        ApiKey key = file.get().key();
        if (key.revoked() != null) {
            return new Refused(
                    Reason.REVOKED,
                    "This API key was revoked on " + key.revoked() + ". Ask for a new one.");
        }
        if (!key.validAt(clock.instant())) {
            return new Refused(
                    Reason.EXPIRED,
                    "This API key expired on " + key.expires() + ". Ask for a new one.");
        }
        return new Accepted(key);
    }

    /**
     * Whether a key that was accepted earlier is still valid.
     *
     * @throws UncheckedIOException if the store cannot be read
     */
    public boolean stillValid(String id) {
        return find(id).filter(file -> file.key().validAt(clock.instant())).isPresent();
    }

    /**
     * Whether a key belongs to a namespace and is valid.
     *
     * @param id anything
     * @throws UncheckedIOException if the store cannot be read
     */
    public boolean isValidIn(String namespace, String id) {
        return KeyToken.isId(id)
                && find(id).filter(file -> file.key().validAt(clock.instant()))
                        .filter(file -> file.key().namespace().equals(namespace))
                        .isPresent();
    }

    /** The namespaces that have a valid key. */
    public Set<String> namespaces() throws IOException {
        Instant now = clock.instant();
        return list().stream()
                .filter(key -> key.validAt(now))
                .map(ApiKey::namespace)
                .collect(Collectors.toUnmodifiableSet());
    }

    private Optional<KeyFile> find(String id) {
        try {
            return Optional.of(KeyFile.read(directory, id));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
