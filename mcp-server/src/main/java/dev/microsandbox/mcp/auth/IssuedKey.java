package dev.microsandbox.mcp.auth;

/**
 * A new key, the only time its secret is at hand.
 *
 * @param key what is stored of it
 * @param token what the client sends; show it once and do not log it
 */
public record IssuedKey(ApiKey key, String token) {

    /** Without the token, so that no log shows it by accident. */
    @Override
    public String toString() {
        return "IssuedKey[" + key + "]";
    }
}
