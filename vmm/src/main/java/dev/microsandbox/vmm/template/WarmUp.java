package dev.microsandbox.vmm.template;

import java.util.List;

/**
 * What is up in a template, so that no session waits for it.
 *
 * @param languages whose interpreters run; one that the image has not got, or whose interpreter
 *     does not start on this host, is left out
 * @param pythonModules that Python has imported; those that the image has not got are left out
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
