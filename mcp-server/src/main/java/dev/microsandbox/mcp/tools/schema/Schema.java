package dev.microsandbox.mcp.tools.schema;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Builds JSON Schemas, limited to the keywords that tools need. Keys keep their order. */
public final class Schema {

    private Schema() {}

    public static Map<String, Object> string(String description) {
        return type("string", description);
    }

    public static Map<String, Object> integer(String description) {
        return type("integer", description);
    }

    public static Map<String, Object> number(String description) {
        return type("number", description);
    }

    public static Map<String, Object> bool(String description) {
        return type("boolean", description);
    }

    public static Map<String, Object> oneOf(String description, List<String> values) {
        Map<String, Object> schema = type("string", description);
        schema.put("enum", values);
        return schema;
    }

    public static Map<String, Object> array(String description, Map<String, Object> items) {
        Map<String, Object> schema = type("array", description);
        schema.put("items", items);
        return schema;
    }

    /** An object with arbitrary properties. */
    public static Map<String, Object> anyObject(String description) {
        return type("object", description);
    }

    public static ObjectSchema object() {
        return new ObjectSchema();
    }

    private static Map<String, Object> type(String type, String description) {
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("type", type);
        schema.put("description", description);
        return schema;
    }

    /** The schema of an object that has only the given properties. */
    public static final class ObjectSchema {

        private final Map<String, Object> properties = new LinkedHashMap<>();
        private final List<String> required = new ArrayList<>();

        public ObjectSchema required(String name, Map<String, Object> schema) {
            required.add(name);
            return optional(name, schema);
        }

        public ObjectSchema optional(String name, Map<String, Object> schema) {
            properties.put(name, schema);
            return this;
        }

        public Map<String, Object> build() {
            Map<String, Object> schema = new LinkedHashMap<>();
            schema.put("type", "object");
            schema.put("properties", properties);
            schema.put("required", required);
            schema.put("additionalProperties", false);
            return schema;
        }
    }
}
