package dev.microsandbox.mcp.tools.result;

import dev.microsandbox.mcp.tools.schema.Schema;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A key of a tool's result. {@link ToolReport} stores a value under it, and the tool's output
 * schema describes it. It is declared once for both, like a parameter for arguments.
 *
 * @param <T> the type of the value
 * @param name the key in the structured content and in the text
 * @param schema the JSON Schema of the value
 * @param isRequired whether every result has this key
 */
public record ResultKey<T>(String name, Map<String, Object> schema, boolean isRequired) {

    public static ResultKey<String> text(String name, String description) {
        return of(name, Schema.string(description));
    }

    /** A text from a fixed set of values. */
    public static ResultKey<String> choice(String name, String description, String... values) {
        return of(name, Schema.oneOf(description, List.of(values)));
    }

    public static ResultKey<Number> integer(String name, String description) {
        return of(name, Schema.integer(description));
    }

    public static ResultKey<Double> number(String name, String description) {
        return of(name, Schema.number(description));
    }

    public static ResultKey<Boolean> flag(String name, String description) {
        return of(name, Schema.bool(description));
    }

    /** A list of texts. {@code item} describes each of them. */
    public static ResultKey<List<String>> texts(String name, String description, String item) {
        return of(name, Schema.array(description, Schema.string(item)));
    }

    /** A list of whole numbers. {@code item} describes each of them. */
    public static ResultKey<List<Integer>> integers(String name, String description, String item) {
        return of(name, Schema.array(description, Schema.integer(item)));
    }

    /** An object with the given keys. */
    public static ResultKey<ResultObject> object(String name, ResultKey<?>... keys) {
        return of(name, schemaOf(Arrays.asList(keys)));
    }

    /** A list of objects with the given keys. */
    public static ResultKey<List<ResultObject>> objects(
            String name, String description, ResultKey<?>... keys) {
        return of(name, Schema.array(description, schemaOf(Arrays.asList(keys))));
    }

    /** An object whose keys the schema leaves open. */
    public static ResultKey<Map<String, Object>> open(String name, String description) {
        return of(name, Schema.anyObject(description));
    }

    private static <T> ResultKey<T> of(String name, Map<String, Object> schema) {
        return new ResultKey<>(name, schema, true);
    }

    /** The same key, but not every result must have it. */
    public ResultKey<T> optional() {
        return new ResultKey<>(name, schema, false);
    }

    /** The schema of an object that has these keys. */
    static Map<String, Object> schemaOf(List<ResultKey<?>> keys) {
        Schema.ObjectSchema schema = Schema.object();
        for (ResultKey<?> key : keys) {
            if (key.isRequired()) {
                schema.required(key.name(), key.schema());
            } else {
                schema.optional(key.name(), key.schema());
            }
        }
        return schema.build();
    }
}
