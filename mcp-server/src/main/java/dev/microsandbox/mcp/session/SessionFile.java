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

/**
 * A session that waits on the disk for the server's next start. The file is there only while it
 * does.
 *
 * @param note what whoever keeps it wants to know again
 * @param until when it is worth nothing any more
 * @param lastFork number of the last fork that was made
 */
record SessionFile(String note, Instant until, int lastFork, List<Sleeper> sleepers) {

    /**
     * A computer that sleeps.
     *
     * @param born when its lifetime began
     * @param since when it was put to sleep
     * @param lineage the machines that led to it
     */
    record Sleeper(String handle, Instant born, Instant since, List<String> lineage) {}

    private static final JsonMapper JSON = JsonMapper.shared();

    void write(Path file) throws IOException {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("note", note);
        fields.put("until", until.toString());
        fields.put("lastFork", lastFork);
        fields.put("sleepers", sleepers.stream().map(SessionFile::fields).toList());
        PrivateFiles.write(file, JSON.writeValueAsBytes(fields));
    }

    private static Map<String, Object> fields(Sleeper sleeper) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("handle", sleeper.handle());
        fields.put("born", sleeper.born().toString());
        fields.put("since", sleeper.since().toString());
        fields.put("lineage", sleeper.lineage());
        return fields;
    }

    /**
     * Reads the file.
     *
     * @throws java.nio.file.NoSuchFileException if no session waits there
     * @throws IOException if it cannot be read or is damaged
     */
    static SessionFile read(Path file) throws IOException {
        try {
            JsonNode node = JSON.readTree(Files.readAllBytes(file));
            return new SessionFile(
                    node.required("note").stringValue(),
                    Instant.parse(node.required("until").stringValue()),
                    node.required("lastFork").intValue(),
                    node.required("sleepers").valueStream().map(SessionFile::sleeper).toList());
        } catch (JacksonException | DateTimeException e) {
            throw new IOException(file + " is damaged", e);
        }
    }

    private static Sleeper sleeper(JsonNode node) {
        return new Sleeper(
                node.required("handle").stringValue(),
                Instant.parse(node.required("born").stringValue()),
                Instant.parse(node.required("since").stringValue()),
                node.required("lineage").valueStream().map(JsonNode::stringValue).toList());
    }
}
