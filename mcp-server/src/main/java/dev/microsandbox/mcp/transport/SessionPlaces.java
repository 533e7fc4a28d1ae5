package dev.microsandbox.mcp.transport;

import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The places for sessions: so many in the server, and so many for each namespace. Where none is
 * free, the oldest session that could end and lose nothing gives way. A namespace that is full
 * takes the place of one of its own. If the server is full, a namespace that has its fair share or
 * more does so too; one that has less takes the place from the namespace that exceeds its fair
 * share the most. So nobody's flood of sessions ends a session of others. Thread-safe.
 */
final class SessionPlaces {

    private final SessionLimits limits;
    private final Predicate<String> unused;
    private final Consumer<String> ender;

    /** Guarded by this. The namespaces of the open sessions by session id, the oldest first. */
    private final Map<String, String> open = new LinkedHashMap<>();

    /** Guarded by this. How many places each namespace has, open or reserved. */
    private final Map<String, Integer> taken = new HashMap<>();

    /** Guarded by this. */
    private int all;

    /**
     * @param unused whether an open session could end and lose nothing
     * @param ender ends a session that gives way
     */
    SessionPlaces(SessionLimits limits, Predicate<String> unused, Consumer<String> ender) {
        this.limits = limits;
        this.unused = unused;
        this.ender = ender;
    }

    /** Why there is no place. */
    enum Shortage {
        /** The namespace has all places that it may have. */
        NAMESPACE,
        /** All places of the server are taken. */
        SERVER
    }

    /**
     * Reserves a place for a session that is about to be created.
     *
     * @return why there is none; empty if one is reserved
     */
    Optional<Shortage> reserve(String namespace) {
        String victim;
        synchronized (this) {
            Shortage shortage = shortage(namespace);
            if (shortage == null) {
                take(namespace);
                return Optional.empty();
            }
            victim = victim(namespace, shortage);
            if (victim == null) {
                return Optional.of(shortage);
            }
            give(victim);
            take(namespace);
        }
        ender.accept(victim);
        return Optional.empty();
    }

    private @Nullable Shortage shortage(String namespace) {
        int most = most(namespace);
        if (most < limits.maxSessions() && has(namespace) >= most) {
            return Shortage.NAMESPACE;
        }
        return all >= limits.maxSessions() ? Shortage.SERVER : null;
    }

    /** How many sessions a namespace may have. */
    int most(String namespace) {
        return Math.min(limits.maxSessions(), limits.ofNamespace().applyAsInt(namespace));
    }

    synchronized int has(String namespace) {
        return taken.getOrDefault(namespace, 0);
    }

    private @Nullable String victim(String namespace, Shortage shortage) {
        if (shortage == Shortage.NAMESPACE || has(namespace) >= fairShare(namespace)) {
            return oldestUnused(namespace);
        }
        double share = fairShare(namespace);
        List<String> greedy =
                taken.entrySet().stream()
                        .filter(entry -> entry.getValue() > share)
                        .sorted(
                                Comparator.comparingInt(
                                        (Map.Entry<String, Integer> entry) -> -entry.getValue()))
                        .map(Map.Entry::getKey)
                        .toList();
        for (String name : greedy) {
            String found = oldestUnused(name);
            if (found != null) {
                return found;
            }
        }
        return oldestUnused(namespace);
    }

    /** The places of each namespace if all that have or want one had the same number. */
    private double fairShare(String namespace) {
        long namespaces =
                Stream.concat(taken.keySet().stream(), Stream.of(namespace)).distinct().count();
        return (double) limits.maxSessions() / namespaces;
    }

    private @Nullable String oldestUnused(String namespace) {
        for (Map.Entry<String, String> session : open.entrySet()) {
            if (session.getValue().equals(namespace) && unused.test(session.getKey())) {
                return session.getKey();
            }
        }
        return null;
    }

    private void take(String namespace) {
        all++;
        taken.merge(namespace, 1, Integer::sum);
    }

    private void give(String id) {
        String namespace = open.remove(id);
        if (namespace != null) {
            release(namespace);
        }
    }

    /** Gives back a reserved place for which no session was created. */
    synchronized void release(String namespace) {
        all--;
        taken.merge(namespace, -1, (a, b) -> a + b == 0 ? null : a + b);
    }

    /** A session has been created and takes its reserved place. */
    synchronized void opened(String id, String namespace) {
        open.put(id, namespace);
    }

    /** A session has ended. Does nothing if it has given its place to another. */
    synchronized void closed(String id) {
        give(id);
    }
}
