package dev.microsandbox.vmm.image.recipe;

import dev.microsandbox.vmm.ImageException;
import dev.microsandbox.vmm.image.source.GuestFile;
import dev.microsandbox.vmm.image.source.GuestSources;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Parses recipes: one directive on each line, comments that begin with {@code #}, and a backslash
 * at the end of a line to continue it on the next. {@code guest/rootfs/default.recipe} describes
 * the directives.
 */
public final class RecipeParser {

    /** The commands become one argument of a process, which Linux limits to 128 KiB. */
    static final int MAX_BYTES = 64 * 1024;

    private static final String DIRECTIVES =
            "from, suite, mirror, package, language, exclude, include, env, run";

    private static final Pattern SPACES = Pattern.compile("\\s+");
    private static final Pattern SUITE = Pattern.compile("[a-z][a-z0-9-]*");
    private static final Pattern PACKAGE =
            Pattern.compile("[a-z0-9][a-z0-9+.-]+(:[a-z0-9]+)?(=[A-Za-z0-9.+:~-]+)?");
    private static final Pattern PATTERN = Pattern.compile("/[^\\s\"']*");
    private static final Pattern ASSIGNMENT = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*=.*");

    private final String source;
    private int line;
    private boolean begun;
    private @Nullable String suite;
    private final List<String> mirrors = new ArrayList<>();
    private final List<String> packages = new ArrayList<>();
    private final List<String> filters = new ArrayList<>();
    private final List<String> environment = new ArrayList<>();
    private final List<String> commands = new ArrayList<>();

    private RecipeParser(String source) {
        this.source = source;
    }

    /**
     * Reads and parses a file.
     *
     * @throws ImageException if the file cannot be read or is not a recipe; names file and line
     */
    public static Recipe read(Path file) {
        return parse(file.toString(), readBytes(file));
    }

    /**
     * Reads a file that may be a recipe.
     *
     * @throws ImageException if the file cannot be read, or is too long to be a recipe
     */
    public static byte[] readBytes(Path file) {
        try (var in = Files.newInputStream(file)) {
            return in.readNBytes(MAX_BYTES + 1);
        } catch (NoSuchFileException e) {
            throw new ImageException("There is no recipe " + file, e);
        } catch (IOException e) {
            throw ImageException.of("Reading the recipe " + file, e);
        }
    }

    /**
     * Parses a recipe.
     *
     * @param source the file's name, for messages
     * @throws ImageException if this is not a recipe; names file and line
     */
    public static Recipe parse(String source, byte[] bytes) {
        return new RecipeParser(source).parse(decode(source, bytes));
    }

    /** The recipe of the default image, which comes with this module. */
    public static Recipe defaultRecipe() {
        GuestFile bundled = GuestSources.read(GuestSources.DEFAULT_RECIPE);
        return parse(bundled.path(), bundled.content());
    }

    private static String decode(String source, byte[] bytes) {
        if (bytes.length > MAX_BYTES) {
            throw new ImageException(
                    source + ": longer than " + MAX_BYTES / 1024 + " KiB, so not a recipe");
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new ImageException(source + ": not UTF-8 text, so not a recipe", e);
        }
    }

    private Recipe parse(String text) {
        List<String> lines = text.lines().toList();
        while (line < lines.size()) {
            int first = line;
            String joined = join(lines);
            int last = line;
            // Messages name the line on which the directive begins.
            line = first + 1;
            directive(joined);
            line = last;
        }
        if (suite == null) {
            throw new ImageException(source + ": no 'suite' line, such as 'suite bookworm'");
        }
        return new Recipe(suite, mirrors, packages, filters, environment, commands);
    }

    /** Returns the next line with its continuation lines, and moves past them. */
    private String join(List<String> lines) {
        StringBuilder joined = new StringBuilder();
        while (true) {
            String next = lines.get(line++).strip();
            boolean comment = joined.isEmpty() && next.startsWith("#");
            if (comment || !next.endsWith("\\")) {
                return joined.append(next).toString();
            }
            joined.append(next, 0, next.length() - 1);
            if (line == lines.size()) {
                throw error("the last line cannot end in a backslash");
            }
        }
    }

    private void directive(String text) {
        if (text.isEmpty() || text.startsWith("#")) {
            return;
        }
        if (text.chars().anyMatch(c -> Character.isISOControl(c) && c != '\t')) {
            throw error("a control character");
        }
        String[] parts = SPACES.split(text, 2);
        String name = parts[0];
        String value = parts.length == 2 ? parts[1] : "";
        switch (name) {
            case "from" -> from(value);
            case "suite" -> suite(value);
            case "mirror" -> mirrors.add(required(name, value));
            case "package" -> words(name, value, PACKAGE, "a package's name", "", packages);
            case "language" -> languages(required(name, value));
            case "exclude" ->
                    words(name, value, PATTERN, "an absolute path", "path-exclude=", filters);
            case "include" ->
                    words(name, value, PATTERN, "an absolute path", "path-include=", filters);
            case "env" -> environment.add(assignment(value));
            case "run" -> commands.add(required(name, value));
            default -> throw error("unknown directive '" + name + "'; there are " + DIRECTIVES);
        }
        begun = true;
    }

    private void from(String value) {
        if (begun) {
            throw error("'from' must be the first directive");
        }
        if (!value.equals(ImageName.DEFAULT)) {
            throw error("'from' knows one recipe: 'from " + ImageName.DEFAULT + "'");
        }
        Recipe recipe = defaultRecipe();
        suite = recipe.suite();
        mirrors.addAll(recipe.mirrors());
        packages.addAll(recipe.packages());
        filters.addAll(recipe.filters());
        environment.addAll(recipe.environment());
        commands.addAll(recipe.commands());
    }

    private void languages(String value) {
        for (String word : SPACES.split(value, -1)) {
            LanguageManifest language =
                    LanguageManifest.find(word)
                            .orElseThrow(() -> error(LanguageManifest.unknown(word)));
            language.packages().stream()
                    .filter(each -> !packages.contains(each))
                    .forEach(packages::add);
        }
    }

    private void suite(String value) {
        if (suite != null) {
            throw error("a second 'suite'");
        }
        if (!SUITE.matcher(value).matches()) {
            throw error("'" + value + "' is not a Debian release, such as bookworm");
        }
        suite = value;
    }

    private void words(
            String name,
            String value,
            Pattern allowed,
            String what,
            String prefix,
            List<String> target) {
        for (String word : SPACES.split(required(name, value), -1)) {
            if (!allowed.matcher(word).matches()) {
                throw error("'" + word + "' is not " + what);
            }
            target.add(prefix + word);
        }
    }

    private String assignment(String value) {
        if (!ASSIGNMENT.matcher(value).matches()) {
            throw error("'env' needs NAME=VALUE, the name of letters, digits and '_'");
        }
        return value;
    }

    private String required(String name, String value) {
        if (value.isEmpty()) {
            throw error("'" + name + "' needs a value");
        }
        return value;
    }

    private ImageException error(String problem) {
        return new ImageException(source + ":" + Math.max(line, 1) + ": " + problem);
    }
}
