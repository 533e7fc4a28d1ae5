package dev.microsandbox.vmm.host;

import dev.microsandbox.vmm.SandboxException;
import dev.microsandbox.vmm.template.TemplateInfo;
import dev.microsandbox.vmm.template.Templates;
import dev.microsandbox.vmm.template.WarmUp;
import java.nio.file.Path;
import java.util.List;

/** Lists and removes the templates in a directory, for operators. Thread-safe. */
public final class TemplateCatalog {

    private final Templates templates;

    /**
     * @param directory may be missing
     */
    public TemplateCatalog(Path directory) {
        this.templates = new Templates(directory, WarmUp.NOTHING, true, _ -> {});
    }

    /**
     * The templates on the disk, newest first.
     *
     * @throws SandboxException if they cannot be listed
     */
    public List<StoredTemplate> list() {
        return templates.list().stream()
                .map(
                        kept -> {
                            TemplateInfo info = kept.info();
                            return new StoredTemplate(
                                    info.id(),
                                    info.kind(),
                                    info.image(),
                                    info.cpus(),
                                    info.memoryBytes(),
                                    kept.bytes(),
                                    kept.made());
                        })
                .toList();
    }

    /**
     * Removes a template. Sandboxes that were started from it keep running.
     *
     * @throws SandboxException if no template has that id, or it cannot be removed
     */
    public void remove(String id) {
        templates.remove(id);
    }
}
