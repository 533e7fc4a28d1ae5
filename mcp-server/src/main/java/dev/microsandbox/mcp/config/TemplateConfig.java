package dev.microsandbox.mcp.config;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Settings of sandbox templates.
 *
 * @param enabled whether sandboxes start from a template
 * @param languages the languages whose interpreters run in a template
 * @param pythonModules the modules that Python has imported in a template
 */
public record TemplateConfig(boolean enabled, Set<String> languages, Set<String> pythonModules) {

    static final Setting<Boolean> ENABLED =
            Setting.flag(
                    "template.enabled",
                    "Start sandboxes from a template, which was booted once, if there is one",
                    "true");

    static final Setting<Set<String>> LANGUAGES =
            Setting.list(
                    "template.languages",
                    "Interpreters, separated by commas, that run in a template",
                    "python,javascript,shell",
                    Pattern.compile("[a-z0-9_+#-]+"),
                    "names of languages");

    static final Setting<Set<String>> PYTHON =
            Setting.list(
                    "template.python",
                    "Modules, separated by commas, that Python has imported in a template",
                    "numpy,pandas,matplotlib.pyplot",
                    Pattern.compile("[\\p{L}_][\\p{L}\\d_]*(\\.[\\p{L}_][\\p{L}\\d_]*)*"),
                    "names of Python modules");

    static final List<Setting<?>> SETTINGS = List.of(ENABLED, LANGUAGES, PYTHON);

    public TemplateConfig {
        languages = Collections.unmodifiableSet(new LinkedHashSet<>(languages));
        pythonModules = Collections.unmodifiableSet(new LinkedHashSet<>(pythonModules));
    }

    static TemplateConfig read(SettingValues values) {
        return new TemplateConfig(
                values.read(ENABLED), values.read(LANGUAGES), values.read(PYTHON));
    }
}
