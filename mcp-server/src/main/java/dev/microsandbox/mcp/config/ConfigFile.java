package dev.microsandbox.mcp.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.dataformat.yaml.YAMLFactory;

/**
 * Reads a YAML configuration file. Joins nested keys with dots, and records the line of every
 * value.
 */
final class ConfigFile {

    private static final long MAX_BYTES = 1024 * 1024;

    private final String name;
    private final Map<String, Value> values = new LinkedHashMap<>();

    private ConfigFile(String name) {
        this.name = name;
    }

    /**
     * Reads a file.
     *
     * @return values by their dotted keys, in the file's order
     * @throws ConfigException if the file cannot be read or does not have this form
     */
    static Map<String, Value> read(Path path) {
        try {
            if (Files.size(path) > MAX_BYTES) {
                throw new ConfigException(
                        path + " is not a configuration file: it is larger than 1 MiB");
            }
            return parse(path.toString(), Files.readString(path));
        } catch (AccessDeniedException e) {
            throw new ConfigException(path + " cannot be read: this user may not read it");
        } catch (CharacterCodingException e) {
            throw new ConfigException(path + " cannot be read: it is not text in UTF-8");
        } catch (IOException e) {
            throw new ConfigException("%s cannot be read: %s".formatted(path, e.getMessage()));
        }
    }

    /**
     * As {@link #read}, of a text.
     *
     * @param name of the text, for errors
     */
    static Map<String, Value> parse(String name, String text) {
        ConfigFile file = new ConfigFile(name);
        try (JsonParser parser = new YAMLFactory().createParser(ObjectReadContext.empty(), text)) {
            file.document(parser);
        } catch (JacksonException e) {
            throw new ConfigException(
                    "%s:%d is not YAML: %s"
                            .formatted(name, e.getLocation().getLineNr(), firstLine(e)));
        }
        return file.values;
    }

    private static String firstLine(JacksonException e) {
        return e.getOriginalMessage().lines().findFirst().orElse("syntax error");
    }

    private void document(JsonParser parser) {
        JsonToken token = parser.nextToken();
        if (token == null || token == JsonToken.VALUE_NULL) {
            return;
        }
        if (token != JsonToken.START_OBJECT) {
            throw wrong(parser, "must be a list of KEY: VALUE lines");
        }
        object(parser, "");
    }

    private void object(JsonParser parser, String prefix) {
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String key = prefix + parser.currentName();
            int line = line(parser);
            switch (parser.nextToken()) {
                case START_OBJECT -> object(parser, key + ".");
                case START_ARRAY -> put(parser, key, line, array(parser, key));
                // A key without a value leaves the setting at its default.
                case VALUE_NULL -> {}
                default -> put(parser, key, line, parser.getString());
            }
        }
    }

    private String array(JsonParser parser, String key) {
        List<String> items = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (!parser.currentToken().isScalarValue()) {
                throw wrong(parser, key + " must be a list of plain values");
            }
            items.add(parser.getString());
        }
        return String.join(",", items);
    }

    private void put(JsonParser parser, String key, int line, String text) {
        if (values.putIfAbsent(key, new Value(text, new ValueOrigin.FileLine(name, line)))
                != null) {
            throw wrong(parser, key + " is given twice");
        }
    }

    private ConfigException wrong(JsonParser parser, String message) {
        return new ConfigException("%s:%d: %s".formatted(name, line(parser), message));
    }

    private static int line(JsonParser parser) {
        return parser.currentTokenLocation().getLineNr();
    }
}
