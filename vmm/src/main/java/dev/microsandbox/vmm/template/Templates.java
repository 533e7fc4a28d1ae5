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
 * The templates of a home: makes them, and makes sandboxes of them. Thread-safe.
 *
 * <p>A template is made once for everything that it depends on (machine, kernel, root file system,
 * size, what is warm in it), kept on the disk, and made anew when one of these changes or it turns
 * out to be damaged.
 */
public final class Templates {

    private static final Duration QUIET_PATIENCE = Duration.ofSeconds(30);

    private final TemplateStore store;
    private final WarmUp warmUp;
    private final Progress progress;

    /** Opened and checked, by id. Guarded by this. */
    private final Map<String, MachineTemplate> open = new HashMap<>();

    /** Being made, by id. Guarded by this. */
    private final Set<String> underWay = new HashSet<>();

    /**
     * @param directory where they are kept; made on first need
     * @param progress hears what is being made, and what was of no use
     */
    public Templates(Path directory, WarmUp warmUp, Progress progress) {
        this.store = new TemplateStore(directory);
        this.warmUp = warmUp;
        this.progress = progress;
    }

    /**
     * Makes a sandbox of a template.
     *
     * @return empty where there is no template, or it is of no use: boot one then
     */
    public Optional<Sandbox> start(
            MachineKind kind, String name, GuestFiles files, SandboxConfig config)
            throws InterruptedException {
        TemplateInfo info = TemplateInfo.of(kind, files, config, warmUp);
        MachineTemplate template = opened(kind, files, info);
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

    /** A checked template; null where there is none. One that is damaged is removed. */
    private synchronized @Nullable MachineTemplate opened(
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
     * Makes a template in the background unless it is there or being made, and opens it, so that
     * the first sandbox need not.
     */
    public void prepare(MachineKind kind, GuestFiles files, SandboxConfig config) {
        TemplateInfo info = TemplateInfo.of(kind, files, config, warmUp);
        synchronized (this) {
            if (open.containsKey(info.id()) || !underWay.add(info.id())) {
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
                                    underWay.remove(info.id());
                                }
                            }
                        });
    }

    /**
     * Makes a template unless it is there.
     *
     * @return its id
     * @throws TemplateException if it cannot be made, or another process is making it
     */
    public String build(MachineKind kind, GuestFiles files, SandboxConfig config)
            throws InterruptedException {
        TemplateInfo info = TemplateInfo.of(kind, files, config, warmUp);
        if (opened(kind, files, info) != null) {
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
            nameReplaced(info);
        } catch (IOException e) {
            throw new TemplateException("The template was not made: " + sentence(e), e);
        }
        if (opened(kind, files, info) == null) {
            throw new TemplateException("The template that was made is of no use.", null);
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
            // Compilers are asked for their versions once, here: clones know them.
            var _ = sandbox.info();
            try (QuiescedConnection _ = sandbox.quiesce(QUIET_PATIENCE)) {
                machine.save(saved);
            }
        }
    }

    /**
     * Names those that were for the same sandboxes before the image or this software changed. They
     * stay: another release may still use them, and nobody has asked for their removal.
     */
    private void nameReplaced(TemplateInfo info) throws IOException {
        for (KeptTemplate kept : store.list()) {
            if (info.replaces(kept.info())) {
                String id = kept.info().id();
                progress.report(
                        "Template %s was for the same sandboxes and is kept: 'msb template remove %s' frees %d MiB"
                                .formatted(id, id, kept.bytes() >> 20));
            }
        }
    }

    /** Those on the disk, the newest first. */
    public List<KeptTemplate> list() {
        try {
            return store.list();
        } catch (IOException e) {
            throw new TemplateException("The templates cannot be listed: " + sentence(e), e);
        }
    }

    /**
     * Removes a template.
     *
     * @throws TemplateException if there is none of that id
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
