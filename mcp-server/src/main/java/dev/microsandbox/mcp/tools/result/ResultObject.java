package dev.microsandbox.mcp.tools.result;

import java.util.AbstractMap;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** An object in a result's structured content. Its keys keep their order. Not thread-safe. */
public final class ResultObject extends AbstractMap<String, Object> {

    private final Map<String, Object> values = new LinkedHashMap<>();

    /** Sets the value of a key. */
    public <T> ResultObject with(ResultKey<T> key, T value) {
        values.put(key.name(), value);
        return this;
    }

    @Override
    public Set<Map.Entry<String, Object>> entrySet() {
        return Collections.unmodifiableSet(values.entrySet());
    }
}
