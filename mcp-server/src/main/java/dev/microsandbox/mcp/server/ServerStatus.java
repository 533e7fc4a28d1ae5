package dev.microsandbox.mcp.server;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a server is and does now: docs/control.md.
 *
 * @param mode {@code shared} or {@code namespace}
 * @param url where MCP clients connect
 * @param started when the server began to listen
 * @param totals what is in use; null in a server that runs everything in one process
 * @param sandboxes those that run or start, with the pool
 * @param workers the workers that run
 */
record ServerStatus(
        String mode,
        String url,
        Instant started,
        @Nullable Totals totals,
        long sandboxes,
        List<Worker> workers) {

    ServerStatus {
        workers = List.copyOf(workers);
    }

    /** What is in use of what the server has; memory in bytes. */
    record Totals(long cpusInUse, long cpus, long memoryInUse, long memory) {}

    /** A worker. */
    record Worker(
            String namespace,
            long pid,
            int sessions,
            int computers,
            int requests,
            boolean stopping) {}

    /** One JSON object. */
    String json() {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("version", Version.current());
        all.put("pid", ProcessHandle.current().pid());
        all.put("mode", mode);
        all.put("url", url);
        all.put("started", started.toString());
        all.put("sandboxes", sandboxes);
        if (totals != null) {
            all.put("cpus_in_use", totals.cpusInUse());
            all.put("cpus", totals.cpus());
            all.put("memory_in_use", totals.memoryInUse());
            all.put("memory", totals.memory());
        }
        all.put("workers", workers.stream().map(ServerStatus::fields).toList());
        return JsonMapper.shared().writeValueAsString(all);
    }

    private static Map<String, Object> fields(Worker worker) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("namespace", worker.namespace());
        fields.put("pid", worker.pid());
        fields.put("sessions", worker.sessions());
        fields.put("computers", worker.computers());
        fields.put("requests", worker.requests());
        fields.put("stopping", worker.stopping());
        return fields;
    }
}
