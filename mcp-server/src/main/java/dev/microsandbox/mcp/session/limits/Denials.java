package dev.microsandbox.mcp.session.limits;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells a client which quota of its namespace is used up, and the operator too, in the log: at most
 * once a minute for each quota. Thread-safe.
 */
public final class Denials {

    private static final Logger log = LoggerFactory.getLogger(Denials.class);

    private static final long PAUSE = Duration.ofMinutes(1).toNanos();

    private final String namespace;
    private final LongSupplier clock;

    /** Guarded by this. When each quota was last logged. */
    private final Map<String, Long> logged = new HashMap<>();

    /**
     * @param clock monotonic, in nanoseconds
     */
    public Denials(String namespace, LongSupplier clock) {
        this.namespace = namespace;
        this.clock = clock;
    }

    /** The namespace that is denied something. */
    public String namespace() {
        return namespace;
    }

    /**
     * The error for a call that a quota does not allow.
     *
     * @param setting the quota's setting
     * @param use what is used, and of how much; completes "Namespace 'team-a' has …"
     * @param advice what the client can do, in sentences
     */
    public SessionException of(String setting, String use, String advice) {
        log(setting, use);
        return new SessionException(
                "Namespace '%s' has %s. %s The server's operator can raise %s in namespaces/%s.yaml."
                        .formatted(namespace, use, advice, setting, namespace));
    }

    private void log(String setting, String use) {
        long now = clock.getAsLong();
        synchronized (this) {
            Long before = logged.get(setting);
            if (before != null && now - before < PAUSE) {
                return;
            }
            logged.put(setting, now);
        }
        log.warn("Namespace {} is refused more: it has {} ({})", namespace, use, setting);
    }
}
