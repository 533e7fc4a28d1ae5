package dev.microsandbox.mcp.server;

import dev.microsandbox.mcp.auth.Namespaces;
import dev.microsandbox.mcp.config.ServerConfig;
import dev.microsandbox.mcp.session.disk.SessionDirectory;
import dev.microsandbox.mcp.session.disk.SessionFile;
import dev.microsandbox.vmm.host.ConfinedWorkers;
import dev.microsandbox.vmm.storage.DurableFiles;
import dev.microsandbox.vmm.storage.FileTree;
import dev.microsandbox.vmm.storage.LockFile;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands kept sessions over between a server that runs everything in one process, whose sessions are
 * in one directory, and workers, each of which has a directory that the others cannot open. So a
 * server finds its sessions whichever way it ran before.
 */
final class Handover {

    private static final Logger log = LoggerFactory.getLogger(Handover.class);

    /** How long a worker whose front is gone may take to end. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private static final Duration PAUSE = Duration.ofMillis(200);

    private final ServerConfig config;
    private final ConfinedWorkers workers;

    Handover(ServerConfig config, ConfinedWorkers workers) {
        this.config = config;
        this.workers = workers;
    }

    /** Gives each kept session of the server to its namespace. What cannot be given stays. */
    void toWorkers() throws InterruptedException {
        Map<String, Integer> given = new TreeMap<>();
        for (String id : names(config.sessions())) {
            Optional<String> namespace =
                    SessionDirectory.isName(id) ? namespaceOf(id) : Optional.empty();
            if (namespace.isEmpty()) {
                continue;
            }
            try {
                workers.adopt(id, namespace.get());
                given.merge(namespace.get(), 1, Integer::sum);
            } catch (IOException e) {
                log.warn(
                        "Session {} of namespace {} cannot be handed over: {}. It waits for a server with workers: shared",
                        id,
                        namespace.get(),
                        e.getMessage());
            }
        }
        given.forEach(
                (name, count) ->
                        log.info("Namespace {} has {} kept sessions from before", name, count));
    }

    private Optional<String> namespaceOf(String id) {
        return new SessionDirectory(config.sessions(), id)
                .kept(Instant.now())
                .map(SessionFile::client)
                .map(client -> client.namespace());
    }

    /** Takes all sessions of workers back, unless a server runs that has them. */
    void fromWorkers() throws InterruptedException {
        List<String> tenants = names(config.tenants());
        if (tenants.isEmpty()) {
            return;
        }
        try (LockFile front = FrontServer.lock(config).orElse(null)) {
            if (front == null) {
                log.info("The sessions of workers stay with the server that has these");
                return;
            }
            Path _ = DurableFiles.createPrivateDirectories(config.sessions());
            for (String name : tenants) {
                fromWorker(name);
            }
        } catch (IOException e) {
            log.warn("The kept sessions of workers cannot be taken over: {}", e.getMessage());
        }
    }

    /** Waits for a worker whose front was killed: it suspends its computers. */
    private void fromWorker(String namespace) throws InterruptedException {
        try {
            String name = Namespaces.validate(namespace);
            Set<String> before = Set.copyOf(names(config.sessions()));
            for (int i = 0; !workers.giveBack(name); i++) {
                if (i > PATIENCE.dividedBy(PAUSE)) {
                    throw new IOException("a worker of it still runs");
                }
                Thread.sleep(PAUSE);
            }
            for (String id : names(config.sessions())) {
                if (!before.contains(id)) {
                    refuseForged(id, name);
                }
            }
        } catch (IOException e) {
            log.warn(
                    "The kept sessions of namespace {} cannot be taken over: {}. They wait for a server with workers: namespace",
                    namespace,
                    e.getMessage());
        } catch (IllegalArgumentException e) {
            log.debug("not a namespace", e);
        }
    }

    /** A worker that a guest had taken over may have left sessions in another's name. */
    private void refuseForged(String id, String namespace) throws IOException {
        Optional<String> said = namespaceOf(id);
        if (said.isPresent() && !said.get().equals(namespace)) {
            log.error(
                    "Session {} was forged: the worker of namespace {} has left it in the name of {}. It is removed",
                    id,
                    namespace,
                    said.get());
            FileTree.delete(config.sessions().resolve(id));
        }
    }

    private static List<String> names(Path directory) {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            entries.forEach(entry -> names.add(entry.getFileName().toString()));
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException | DirectoryIteratorException e) {
            log.warn("{} cannot be read: {}", directory, e.getMessage());
        }
        return names;
    }
}
