package dev.microsandbox.mcp.tools.result;

import dev.microsandbox.mcp.tools.schema.Schema;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A key of a tool's result: what {@link ToolReport} puts a value under, and what the tool's output
 * schema says of it. Declared once for both, as a parameter is for arguments.
 *
 * @param <T> what a value is
 * @param name the key in the structured content and in the text
 * @param isRequired whether every result has it
 */
public record ResultKey<T>(String name, Map<String, Object> schema, boolean isRequired) {

    public static ResultKey<String> text(String name, String description) {
        return of(name, Schema.string(description));
    }

    /** A text that is one of a few. */
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

    /** Several texts, each of which {@code item} describes. */
    public static ResultKey<List<String>> texts(String name, String description, String item) {
        return of(name, Schema.array(description, Schema.string(item)));
    }

    /** Several whole numbers, each of which {@code item} describes. */
    public static ResultKey<List<Integer>> integers(String name, String description, String item) {
        return of(name, Schema.array(description, Schema.integer(item)));
    }

    /** An object with keys of its own. */
    public static ResultKey<ResultObject> object(String name, ResultKey<?>... keys) {
        return of(name, schemaOf(Arrays.asList(keys)));
    }

    /** Several objects with the same keys. */
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

    /** The same key where not every result has it. */
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
