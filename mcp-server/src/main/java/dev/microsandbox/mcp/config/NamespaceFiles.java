package dev.microsandbox.mcp.config;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The files {@code NAME.yaml} of a directory. Each holds the settings of the namespace that it is
 * named after.
 */
record NamespaceFiles(Path directory) {

    private static final String SUFFIX = ".yaml";

    /**
     * Reads all files.
     *
     * @return the values by their keys, which begin with {@code namespaces.NAME.}
     * @throws ConfigException if a file cannot be read, or holds something else
     */
    Map<String, Value> read() {
        Map<String, Value> values = new LinkedHashMap<>();
        list().forEach(file -> values.putAll(read(file)));
        return values;
    }

    /** The files, in the order of their names; empty if there is no directory. */
    List<Path> list() {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
            found.forEach(files::add);
        } catch (IOException | DirectoryIteratorException e) {
            throw new ConfigException("%s cannot be read: %s".formatted(directory, e.getMessage()));
        }
        files.sort(Comparator.naturalOrder());
        return files;
    }

    /** Reads one file, as {@link #read()} does. */
    static Map<String, Value> read(Path file) {
        String fileName = file.getFileName().toString();
        String name = fileName.substring(0, fileName.length() - SUFFIX.length());
        String prefix = NamespaceConfig.PREFIX + name + ".";
        if (NamespaceConfig.nameIn(prefix + "image").isEmpty()) {
            throw new ConfigException(
                    file + ": a namespace is 1 to 63 of a-z, 0-9, - and _; rename the file");
        }
        Map<String, Value> values = new LinkedHashMap<>();
        ConfigFile.read(file)
                .forEach(
                        (key, value) -> {
                            if (NamespaceConfig.nameIn(prefix + key).isEmpty()) {
                                throw new ConfigException(
                                        ConfigSources.unknownKey(prefix + key, value, Set.of()));
                            }
                            values.put(prefix + key, value);
                        });
        return values;
    }
}
