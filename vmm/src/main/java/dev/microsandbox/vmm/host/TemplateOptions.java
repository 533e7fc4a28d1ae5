package dev.microsandbox.vmm.host;

import java.nio.file.Path;
import java.util.List;

/**
 * Where templates are kept, and what runs in new ones.
 *
 * @param directory where templates are kept; created when first needed
 * @param languages whose interpreters run; a language that the image lacks, or whose interpreter
 *     does not start on this host, is left out
 * @param pythonModules modules that Python has imported; modules that the image lacks are left out
 * @param made whether templates that are missing are made; otherwise sandboxes are booted
 */
public record TemplateOptions(
        Path directory, List<String> languages, List<String> pythonModules, boolean made) {

    public TemplateOptions {
        languages = List.copyOf(languages);
        pythonModules = List.copyOf(pythonModules);
    }

    /** Templates that are made where they are missing. */
    public TemplateOptions(Path directory, List<String> languages, List<String> pythonModules) {
        this(directory, languages, pythonModules, true);
    }
}
