package dev.microsandbox.mcp.auth;

/** The answer to "may this token in?". */
public sealed interface KeyCheck {

    /**
     * Yes.
     *
     * @param key whose token it is
     */
    record Accepted(ApiKey key) implements KeyCheck {}

    /**
     * No.
     *
     * @param reason why, for a program
     * @param message why and what to do, for a person; it repeats nothing of the token
     */
    record Refused(Reason reason, String message) implements KeyCheck {}

    /** Why a token is refused. */
    enum Reason {
        /** No token was sent. */
        MISSING,
        /** Not of a key's form, or its checksum is wrong: cut off or mistyped. */
        MALFORMED,
        /** Of the right form, but no key of this server. */
        UNKNOWN,
        EXPIRED,
        REVOKED
    }
}
