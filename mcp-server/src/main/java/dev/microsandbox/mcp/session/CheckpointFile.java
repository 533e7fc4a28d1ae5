package dev.microsandbox.mcp.session;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What is known of a checkpoint, in a small file beside it that is written last. */
final class CheckpointFile {

    private static final String NAME = "checkpoint.json";

    private static final JsonMapper JSON = JsonMapper.shared();

    private CheckpointFile() {}

    static void write(Path directory, Checkpoint checkpoint) throws IOException {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("label", checkpoint.label());
        fields.put("computer", checkpoint.computer());
        fields.put("made", checkpoint.made().toString());
        fields.put("bytes", checkpoint.bytes());
        fields.put("lineage", checkpoint.lineage());
        PrivateFiles.write(directory.resolve(NAME), JSON.writeValueAsBytes(fields));
    }

    /**
     * Reads the file.
     *
     * @throws IOException if there is none, as where the checkpoint was not finished, or it is
     *     damaged
     */
    static Checkpoint read(Path directory, String id) throws IOException {
        try {
            JsonNode node = JSON.readTree(Files.readAllBytes(directory.resolve(NAME)));
            List<String> lineage =
                    node.required("lineage").valueStream().map(JsonNode::stringValue).toList();
            if (lineage.isEmpty()) {
                throw new IOException(directory + " has no lineage");
            }
            return new Checkpoint(
                    id,
                    node.required("label").stringValue(),
                    node.required("computer").stringValue(),
                    Instant.parse(node.required("made").stringValue()),
                    node.required("bytes").longValue(),
                    lineage);
        } catch (JacksonException | DateTimeException e) {
            throw new IOException(directory.resolve(NAME) + " is damaged", e);
        }
    }
}
