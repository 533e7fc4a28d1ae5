package dev.microsandbox.mcp.transport;

import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;

/** The notification with which a client cancels a request (MCP, "Cancellation"). */
final class Cancellation {

    static final String METHOD = "notifications/cancelled";

    private Cancellation() {}

    /**
     * Interrupts the request that the notification names. Does nothing if no such request is
     * running.
     */
    static void apply(JSONRPCNotification notification, RunningCalls calls) {
        Object id = JsonRpc.parameter(notification.params(), "requestId");
        if (id instanceof String || id instanceof Integer || id instanceof Long) {
            calls.cancel(id);
        }
    }
}
