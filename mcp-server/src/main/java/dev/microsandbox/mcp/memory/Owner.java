package dev.microsandbox.mcp.memory;

/**
 * Whom something that the server holds is counted to.
 *
 * @param namespace a namespace
 * @param key an API key of the namespace, or the client's address where no keys are used
 */
public record Owner(String namespace, String key) {}
