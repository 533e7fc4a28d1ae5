package dev.microsandbox.vmm.template;

import java.util.List;

/**
 * The interpreters that run in a template, so that no session has to wait for them.
 *
 * @param languages whose interpreters run; a language that the image lacks, or whose interpreter
 *     does not start on this host, is left out
 * @param pythonModules modules that Python has imported; modules that the image lacks are left out
 */
public record WarmUp(List<String> languages, List<String> pythonModules) {

    public static final WarmUp NOTHING = new WarmUp(List.of(), List.of());

    public WarmUp {
        languages = List.copyOf(languages);
        pythonModules = List.copyOf(pythonModules);
    }

    List<String> modulesOf(String language) {
        return language.equals("python") ? pythonModules : List.of();
    }
}
