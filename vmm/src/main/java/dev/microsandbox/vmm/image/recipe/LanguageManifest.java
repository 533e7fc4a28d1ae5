package dev.microsandbox.vmm.image.recipe;

import static java.util.stream.Collectors.joining;

import dev.microsandbox.vmm.image.source.GuestSources;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The part of a language's manifest that concerns building images. The agent reads the rest.
 *
 * @param name of the language
 * @param aliases other names of the language
 * @param packages Debian packages that contain it
 */
public record LanguageManifest(String name, List<String> aliases, List<String> packages) {

    private static final String DIRECTORY = "runners/";
    private static final String FILE = "/manifest";

    public LanguageManifest {
        aliases = List.copyOf(aliases);
        packages = List.copyOf(packages);
    }

    /** The manifests of all languages that have a runner, sorted by name. */
    static List<LanguageManifest> all() {
        return GuestSources.RUNNERS.stream()
                .filter(path -> path.endsWith(FILE))
                .map(LanguageManifest::read)
                .toList();
    }

    /** Finds a language by name or alias, in upper or lower case. */
    public static Optional<LanguageManifest> find(String name) {
        return all().stream().filter(each -> each.answersTo(name)).findFirst();
    }

    /** The message for a name that {@link #find} does not know. */
    public static String unknown(String name) {
        return all().stream()
                .map(LanguageManifest::name)
                .collect(joining(", ", "'" + name + "' is not a language; there are ", ""));
    }

    private boolean answersTo(String called) {
        return name.equalsIgnoreCase(called) || aliases.stream().anyMatch(called::equalsIgnoreCase);
    }

    private static LanguageManifest read(String path) {
        String name = path.substring(DIRECTORY.length(), path.length() - FILE.length());
        List<String> aliases = new ArrayList<>();
        List<String> packages = new ArrayList<>();
        String text = new String(GuestSources.read(path).content(), StandardCharsets.UTF_8);
        for (String line : text.lines().toList()) {
            int equals = line.indexOf('=');
            if (equals > 0 && !line.startsWith("#")) {
                String value = line.substring(equals + 1);
                switch (line.substring(0, equals)) {
                    case "alias" -> aliases.add(value);
                    case "package" -> packages.addAll(List.of(value.split(" ", -1)));
                    default -> {
                        // For the agent or the runner.
                    }
                }
            }
        }
        return new LanguageManifest(name, aliases, packages);
    }
}
