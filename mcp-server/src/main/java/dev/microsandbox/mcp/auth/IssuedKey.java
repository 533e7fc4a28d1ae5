package dev.microsandbox.mcp.auth;

/**
 * A new key with its secret, which is available only now.
 *
 * @param key the stored data of the key
 * @param token the text that the client sends; show it once and do not log it
 */
public record IssuedKey(ApiKey key, String token) {

    /** Omits the token, so that no log shows it by accident. */
    @Override
    public String toString() {
        return "IssuedKey[" + key + "]";
    }
}
