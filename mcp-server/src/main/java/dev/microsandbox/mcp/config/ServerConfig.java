package dev.microsandbox.mcp.config;

import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.host.Accelerator;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * The whole configuration of a process, checked.
 *
 * @param home where images, keys and the configuration file are kept
 * @param logLevel the least level that is logged
 * @param http the HTTP server
 * @param accelerator what sandboxes run on
 * @param limits what all sandboxes together may use
 * @param sandbox what a sandbox is made of, unless its namespace says otherwise
 * @param session how long a session's sandbox lives
 * @param checkpoints what a session's checkpoints may take
 * @param pool sandboxes that are kept ready
 * @param runTimeout time-out of code and commands whose call gives none
 * @param template what sandboxes are made of, rather than booted
 * @param namespaces sandboxes of namespaces that differ from {@code sandbox}
 */
public record ServerConfig(
        Path home,
        LogLevel logLevel,
        Http http,
        Accelerator accelerator,
        Limits limits,
        SandboxConfig sandbox,
        Session session,
        Checkpoints checkpoints,
        Pool pool,
        Duration runTimeout,
        Template template,
        Map<String, SandboxConfig> namespaces) {

    public ServerConfig {
        namespaces = Map.copyOf(namespaces);
    }

    /** What a sandbox of a namespace is made of. */
    public SandboxConfig sandboxOf(String namespace) {
        return namespaces.getOrDefault(namespace, sandbox);
    }

    /** The directory of templates. */
    public Path templates() {
        return home.resolve("templates");
    }

    /** The directory of what sessions keep on the disk. */
    public Path sessions() {
        return home.resolve("sessions");
    }

    /** The directory of API keys, beside the files of the namespaces that they open. */
    public Path keys() {
        return home.resolve(ConfigSources.NAMESPACES).resolve("keys");
    }

    /** Levels of the log. */
    public enum LogLevel {
        ERROR,
        WARN,
        INFO,
        DEBUG,
        TRACE
    }

    /**
     * The HTTP server.
     *
     * @param port 0 for any free one
     * @param developmentMode no API keys are asked for
     * @param allowedOrigins web origins allowed beside loopback ones
     * @param allowedHosts names in {@code Host} allowed beside loopback ones
     */
    public record Http(
            String host,
            int port,
            boolean developmentMode,
            Set<String> allowedOrigins,
            Set<String> allowedHosts) {
        public Http {
            allowedOrigins = Set.copyOf(allowedOrigins);
            allowedHosts = Set.copyOf(allowedHosts);
        }
    }

    /** Totals of all sandboxes. */
    public record Limits(int cpus, long memoryBytes) {}

    /**
     * Templates of sandboxes.
     *
     * @param languages whose interpreters run in them
     * @param pythonModules that Python has imported
     */
    public record Template(boolean enabled, Set<String> languages, Set<String> pythonModules) {
        public Template {
            languages = Collections.unmodifiableSet(new LinkedHashSet<>(languages));
            pythonModules = Collections.unmodifiableSet(new LinkedHashSet<>(pythonModules));
        }
    }

    /**
     * How long a session's sandbox lives: after its last call, and at all.
     *
     * @param suspend whether an idle one is saved, to go on with the next call
     */
    public record Session(Duration idleTimeout, Duration lifetime, boolean suspend) {}

    /** What one session's checkpoints may take: their number, and their bytes together. */
    public record Checkpoints(int maxCount, long maxBytes) {}

    /** How many sandboxes are kept ready: at the least, 0 for no pool, and at the most. */
    public record Pool(int size, int max) {}
}
