package dev.microsandbox.mcp.auth;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a key once it has been handed out; the secret is not part of it.
 *
 * @param id names the key in lists and for revoking; it is the second part of the key itself
 * @param namespace the namespace whose sandboxes the key opens
 * @param created when the key was made
 * @param expires from when on the key is refused; null for never
 * @param revoked when the key was revoked; null if it was not
 */
public record ApiKey(
        String id,
        String namespace,
        Instant created,
        @Nullable Instant expires,
        @Nullable Instant revoked) {

    /** Whether the key opens anything at that time. */
    public boolean validAt(Instant time) {
        return revoked == null && (expires == null || time.isBefore(expires));
    }
}
