package dev.microsandbox.mcp.config;

/** A setting has an invalid value. The message names the value's origin and what is allowed. */
public final class ConfigException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public ConfigException(String message) {
        super(message);
    }
}
