package dev.microsandbox.mcp.front;

import dev.microsandbox.mcp.transport.Caller;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The sessions that workers have named in their answers, and whose they are. Of a namespace, the
 * newest are known: a worker that makes up ids displaces its own alone. Thread-safe.
 */
final class KnownSessions {

    /** As many as a namespace may have, by default. */
    private static final int MOST_OF_NAMESPACE = 1000;

    /** Guarded by this. */
    private final Map<String, OfNamespace> namespaces = new HashMap<>();

    private record Key(Caller caller, String id) {}

    /** Its eldest entry is the one that was named last the longest ago. */
    private static final class OfNamespace extends LinkedHashMap<Key, Boolean> {

        private static final long serialVersionUID = 1L;

        OfNamespace() {
            super(16, 0.75f, true);
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Boolean> eldest) {
            return size() > MOST_OF_NAMESPACE;
        }
    }

    synchronized void add(Caller caller, String id) {
        namespaces
                .computeIfAbsent(caller.namespace(), _ -> new OfNamespace())
                .put(new Key(caller, id), true);
    }

    synchronized boolean contains(Caller caller, String id) {
        OfNamespace sessions = namespaces.get(caller.namespace());
        return sessions != null && sessions.get(new Key(caller, id)) != null;
    }

    synchronized void remove(Caller caller, String id) {
        namespaces.computeIfPresent(
                caller.namespace(),
                (_, sessions) -> {
                    sessions.remove(new Key(caller, id));
                    return sessions.isEmpty() ? null : sessions;
                });
    }
}
