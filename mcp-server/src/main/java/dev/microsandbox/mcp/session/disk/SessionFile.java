package dev.microsandbox.mcp.session.disk;

import dev.microsandbox.mcp.life.SessionClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The record of a session that can be resumed after a restart of the server. The file exists only
 * while the session can be resumed.
 *
 * @param client the client that owns the session
 * @param until when the session expires
 * @param lastFork number of the last fork that was made
 * @param suspended the suspended computers
 * @param lost the lost computers
 */
public record SessionFile(
        SessionClient client,
        Instant until,
        int lastFork,
        List<SuspendedComputer> suspended,
        List<LostComputer> lost) {

    private static final JsonMapper JSON = JsonMapper.shared();

    /** The form of computer ids. Any other text could name a file elsewhere. */
    private static final Pattern COMPUTER = Pattern.compile("(f[0-9]{1,9})?");

    /**
     * A suspended computer.
     *
     * @param computer its id; empty for the session's own
     * @param born when its lifetime began
     * @param since when it was suspended
     * @param lineage the ids of the machines that led to it; its own is the last
     */
    public record SuspendedComputer(
            String computer, Instant born, Instant since, List<String> lineage) {}

    /**
     * A computer that is lost. Its next call must be told so.
     *
     * @param computer its id; empty for the session's own
     * @param reason completes "The sandbox …"
     */
    public record LostComputer(String computer, String reason) {}

    /** What remains of a computer if the server process ends. */
    public record ComputerRecord(
            Optional<SuspendedComputer> suspended, Optional<LostComputer> lost) {}

    public void write(Path file) throws IOException {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("client", fields(client));
        fields.put("until", until.toString());
        fields.put("lastFork", lastFork);
        fields.put("sleepers", suspended.stream().map(SessionFile::fields).toList());
        fields.put("losses", lost.stream().map(SessionFile::fields).toList());
        SealedFile.write(file, fields);
    }

    private static Map<String, Object> fields(SuspendedComputer computer) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("handle", computer.computer());
        fields.put("born", computer.born().toString());
        fields.put("since", computer.since().toString());
        fields.put("lineage", computer.lineage());
        return fields;
    }

    private static Map<String, Object> fields(LostComputer computer) {
        return Map.of("handle", computer.computer(), "reason", computer.reason());
    }

    /**
     * Reads the file.
     *
     * @throws java.nio.file.NoSuchFileException if no session is kept there
     * @throws IOException if it cannot be read or is damaged
     */
    public static SessionFile read(Path file) throws IOException {
        JsonNode node = SealedFile.read(file);
        try {
            return new SessionFile(
                    client(node),
                    Instant.parse(SealedFile.text(node.required("until"))),
                    node.required("lastFork").intValue(),
                    node.required("sleepers").valueStream().map(SessionFile::suspended).toList(),
                    node.required("losses").valueStream().map(SessionFile::lost).toList());
        } catch (JacksonException | DateTimeException | IllegalArgumentException e) {
            throw SealedFile.damaged(file, e);
        }
    }

    private static Map<String, Object> fields(SessionClient client) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("namespace", client.namespace());
        fields.put("keyId", client.keyId());
        fields.put("initialize", client.initialize());
        return fields;
    }

    private static SessionClient client(JsonNode node) {
        JsonNode note = node.get("note");
        if (note == null) {
            JsonNode client = node.required("client");
            return client(client, client.required("initialize"));
        }
        // Until version 0.1, the client was JSON in a string, and its parameters JSON in another.
        JsonNode client = JSON.readTree(SealedFile.text(note));
        return client(client, JSON.readTree(SealedFile.text(client.required("initialize"))));
    }

    private static SessionClient client(JsonNode client, JsonNode initialize) {
        JsonNode key = client.required("keyId");
        return new SessionClient(
                SealedFile.text(client.required("namespace")),
                key.isNull() ? null : SealedFile.text(key),
                JSON.treeToValue(initialize, Object.class));
    }

    private static SuspendedComputer suspended(JsonNode node) {
        return new SuspendedComputer(
                computer(node),
                Instant.parse(SealedFile.text(node.required("born"))),
                Instant.parse(SealedFile.text(node.required("since"))),
                node.required("lineage").valueStream().map(SealedFile::text).toList());
    }

    private static LostComputer lost(JsonNode node) {
        return new LostComputer(computer(node), SealedFile.text(node.required("reason")));
    }

    private static String computer(JsonNode node) {
        String computer = SealedFile.text(node.required("handle"));
        if (!COMPUTER.matcher(computer).matches()) {
            throw new IllegalArgumentException("not the id of a computer");
        }
        return computer;
    }
}
