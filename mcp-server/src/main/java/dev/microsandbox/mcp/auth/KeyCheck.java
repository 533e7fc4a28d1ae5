package dev.microsandbox.mcp.auth;

/** The result of checking a token. */
public sealed interface KeyCheck {

    /**
     * The token is valid.
     *
     * @param key the key to which the token belongs
     */
    record Accepted(ApiKey key) implements KeyCheck {}

    /**
     * The token is refused.
     *
     * @param reason the reason, for programs
     * @param message the reason and what to do, for people; it contains no part of the token
     */
    record Refused(Reason reason, String message) implements KeyCheck {}

    /** Why a token is refused. */
    enum Reason {
        /** No token was sent. */
        MISSING,
        /**
         * The token does not have the form of a key, or its checksum is wrong: it was cut off or
         * mistyped.
         */
        MALFORMED,
        /** The token has the form of a key, but this server has no such key. */
        UNKNOWN,
        EXPIRED,
        REVOKED
    }
}
