package dev.microsandbox.mcp.auth;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The stored data of an issued key, without its secret.
 *
 * @param id identifies the key in lists and for revoking; it is the second part of the key's text
 * @param namespace the namespace whose sandboxes the key opens
 * @param created when the key was created
 * @param expires when the key expires; null for never
 * @param revoked when the key was revoked; null if it was not
 */
public record ApiKey(
        String id,
        String namespace,
        Instant created,
        @Nullable Instant expires,
        @Nullable Instant revoked) {

    /** Whether the key is valid at that time. */
    public boolean validAt(Instant time) {
        return revoked == null && (expires == null || time.isBefore(expires));
    }
}
