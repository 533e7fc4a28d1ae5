package dev.microsandbox.mcp.config;

/** Which processes run the sandboxes of a server. */
public enum WorkersMode {
    /**
     * As {@link #NAMESPACE} where API keys are asked for and workers can be kept from each other,
     * else as {@link #SHARED}.
     */
    AUTO,
    /** One process does everything. */
    SHARED,
    /** Each namespace has a process of its own. */
    NAMESPACE
}
