package dev.microsandbox.vmm.host;

import java.nio.file.Path;
import java.util.List;

/**
 * Where templates of sandboxes are, and what is up in those that are made.
 *
 * @param directory where they are kept; made on first need
 * @param languages whose interpreters run; one that the image has not got, or whose interpreter
 *     does not start on this host, is left out
 * @param pythonModules that Python has imported; those that the image has not got are left out
 */
public record TemplateOptions(Path directory, List<String> languages, List<String> pythonModules) {

    public TemplateOptions {
        languages = List.copyOf(languages);
        pythonModules = List.copyOf(pythonModules);
    }
}
