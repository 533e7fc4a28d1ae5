package dev.microsandbox.vmm.template;

import dev.microsandbox.vmm.GuestException;
import dev.microsandbox.vmm.Progress;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxException;
import dev.microsandbox.vmm.SandboxStartException;
import dev.microsandbox.vmm.agent.AgentSandbox;
import dev.microsandbox.vmm.agent.QuiescedConnection;
import dev.microsandbox.vmm.agent.RenewRequest;
import dev.microsandbox.vmm.machine.GuestFiles;
import dev.microsandbox.vmm.machine.MachineKind;
import dev.microsandbox.vmm.machine.MachineTemplate;
import dev.microsandbox.vmm.machine.TemplateMachine;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes templates, keeps them in a directory, and starts sandboxes from them. Thread-safe.
 *
 * <p>A template is made once for each combination of what it depends on: machine, kernel, root file
 * system, size, languages and modules. It is kept on the disk, and made again if one of these
 * changes or if it is damaged.
 */
public final class Templates {

    private static final Duration QUIET_PATIENCE = Duration.ofSeconds(30);

    private final TemplateStore store;
    private final WarmUp warmUp;
    private final boolean makes;
    private final Progress progress;

    /** The open and checked templates, by id. Guarded by this object's lock. */
    private final Map<String, MachineTemplate> open = new HashMap<>();

    /** The ids of the templates that are being made. Guarded by this object's lock. */
    private final Set<String> beingMade = new HashSet<>();

    /**
     * @param directory where templates are kept; created when first needed
     * @param makes whether templates that are missing or damaged are made anew; otherwise they are
     *     only used
     * @param progress takes a line about each step of making a template, and about templates that
     *     cannot be used
     */
    public Templates(Path directory, WarmUp warmUp, boolean makes, Progress progress) {
        this.store = new TemplateStore(directory);
        this.warmUp = warmUp;
        this.makes = makes;
        this.progress = progress;
    }

    /**
     * Starts a sandbox from a template.
     *
     * @return empty if there is no template, or it cannot be used; the caller then boots a sandbox
     */
    public Optional<Sandbox> start(
            MachineKind kind, String name, GuestFiles files, SandboxConfig config)
            throws InterruptedException {
        TemplateInfo info = TemplateInfo.of(kind, files, config, warmUp);
        MachineTemplate template = openStored(kind, files, info);
        if (template == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    AgentSandbox.adopt(
                            name, template.start(name, config), config, RenewRequest.of(config)));
        } catch (SandboxStartException e) {
            progress.report(
                    "No sandbox could be made of template %s, so one is booted: %s"
                            .formatted(info.id(), e.getMessage()));
            return Optional.empty();
        }
    }

    /**
     * Returns a checked template, opening it if necessary; null if there is none. Removes a damaged
     * one.
     */
    private synchronized @Nullable MachineTemplate openStored(
            MachineKind kind, GuestFiles files, TemplateInfo info) throws InterruptedException {
        MachineTemplate known = open.get(info.id());
        if (known != null) {
            return known;
        }
        Optional<Path> saved = store.saved(info);
        if (saved.isEmpty()) {
            return null;
        }
        try {
            store.requireDescription(info);
            MachineTemplate opened = kind.openTemplate(saved.get(), files);
            open.put(info.id(), opened);
            return opened;
        } catch (IOException e) {
            if (!makes) {
                progress.report(sentence(e));
                return null;
            }
            progress.report("%s It will be made anew.".formatted(sentence(e)));
            try {
                store.discard(info);
            } catch (IOException undeletable) {
                progress.report(sentence(undeletable));
            }
            return null;
        }
    }

    /**
     * Makes a template in the background unless it exists or is being made. Opens it, so that the
     * first sandbox does not have to.
     */
    public void prepare(MachineKind kind, GuestFiles files, SandboxConfig config) {
        if (!makes) {
            return;
        }
        TemplateInfo info = TemplateInfo.of(kind, files, config, warmUp);
        synchronized (this) {
            if (open.containsKey(info.id()) || !beingMade.add(info.id())) {
                return;
            }
        }
        Thread.ofPlatform()
                .name("template-" + info.id())
                .daemon()
                .start(
                        () -> {
                            try {
                                build(kind, files, config);
                            } catch (SandboxException e) {
                                progress.report(
                                        "No template: "
                                                + e.getMessage()
                                                + " Sandboxes are booted.");
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            } finally {
                                synchronized (this) {
                                    beingMade.remove(info.id());
                                }
                            }
                        });
    }

    /**
     * Makes a template unless it exists.
     *
     * @return its id
     * @throws TemplateException if it cannot be made, or another process is making it
     */
    public String build(MachineKind kind, GuestFiles files, SandboxConfig config)
            throws InterruptedException {
        TemplateInfo info = TemplateInfo.of(kind, files, config, warmUp);
        // One that an earlier release has made may not be published.
        if (openStored(kind, files, info) != null && store.isPublished(info)) {
            return info.id();
        }
        try {
            boolean mine =
                    store.make(
                            info,
                            saved -> {
                                long began = System.nanoTime();
                                progress.report("Making template " + info.id());
                                make(kind, info, files, config, saved);
                                progress.report(
                                        "Template %s is ready after %d s"
                                                .formatted(
                                                        info.id(),
                                                        Duration.ofNanos(System.nanoTime() - began)
                                                                .toSeconds()));
                            });
            if (!mine) {
                throw new TemplateException("Another process is making it.", null);
            }
            reportReplaced(info);
        } catch (IOException e) {
            throw new TemplateException("The template was not made: " + sentence(e), e);
        }
        if (openStored(kind, files, info) == null) {
            throw new TemplateException("The new template cannot be used.", null);
        }
        return info.id();
    }

    private void make(
            MachineKind kind, TemplateInfo info, GuestFiles files, SandboxConfig config, Path saved)
            throws IOException, InterruptedException {
        TemplateMachine machine = kind.bootForTemplate("template-" + info.id(), files, config);
        try (AgentSandbox sandbox = AgentSandbox.connect("template", machine, config)) {
            for (String language : warmUp.languages()) {
                progress.report("Template %s: starting %s".formatted(info.id(), language));
                try {
                    sandbox.warm(language, warmUp.modulesOf(language));
                } catch (GuestException e) {
                    progress.report(
                            "Template %s goes without %s: %s"
                                    .formatted(info.id(), language, e.getMessage()));
                }
            }
            // Asks the compilers for their versions once, so that clones know them.
            var _ = sandbox.info();
            try (QuiescedConnection _ = sandbox.quiesce(QUIET_PATIENCE)) {
                machine.save(saved);
            }
        }
    }

    /**
     * Reports templates for the same sandboxes from before the image or this software changed. They
     * are kept, because another release may still use them, and nobody has asked for their removal.
     */
    private void reportReplaced(TemplateInfo info) throws IOException {
        for (TemplateEntry entry : store.list()) {
            if (info.replaces(entry.info())) {
                String id = entry.info().id();
                progress.report(
                        "Template %s was for the same sandboxes and is kept: 'msb template remove %s' frees %d MiB"
                                .formatted(id, id, entry.bytes() >> 20));
            }
        }
    }

    /** The templates on the disk, newest first. */
    public List<TemplateEntry> list() {
        try {
            return store.list();
        } catch (IOException e) {
            throw new TemplateException("The templates cannot be listed: " + sentence(e), e);
        }
    }

    /**
     * Removes a template.
     *
     * @throws TemplateException if no template has that id, or it cannot be removed
     */
    public void remove(String id) {
        try {
            synchronized (this) {
                open.remove(id);
            }
            if (!store.remove(id)) {
                throw new TemplateException(
                        "There is no template %s; 'msb template list' shows all.".formatted(id),
                        null);
            }
        } catch (IOException e) {
            throw new TemplateException("It cannot be removed: " + sentence(e), e);
        }
    }

    private static String sentence(IOException e) {
        String text = e.getMessage() == null ? e.toString() : e.getMessage();
        return text.endsWith(".") ? text : text + ".";
    }
}
