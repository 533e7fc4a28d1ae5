package dev.microsandbox.mcp.transport;

import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;

/** The notification by which a client takes a request back (MCP, "Cancellation"). */
final class Cancellation {

    static final String METHOD = "notifications/cancelled";

    private Cancellation() {}

    /** Interrupts what the notification names; one that names nothing running is ignored. */
    static void apply(JSONRPCNotification notification, RunningCalls calls) {
        Object id = JsonRpc.parameter(notification.params(), "requestId");
        if (id != null) {
            calls.cancel(id);
        }
    }
}
