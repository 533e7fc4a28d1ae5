package dev.microsandbox.mcp.config;

/** A setting cannot be used. The message names where it comes from and what is allowed. */
public final class ConfigException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public ConfigException(String message) {
        super(message);
    }
}
