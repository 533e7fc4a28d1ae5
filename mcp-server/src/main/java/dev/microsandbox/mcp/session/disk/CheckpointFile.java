package dev.microsandbox.mcp.session.disk;

import dev.microsandbox.mcp.text.FaultLine;
import dev.microsandbox.vmm.storage.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * The description of a checkpoint, in a small file in its directory. It is written last, so it
 * marks the checkpoint as complete.
 */
final class CheckpointFile {

    private static final Logger log = LoggerFactory.getLogger(CheckpointFile.class);

    private static final String NAME = "checkpoint";

    private CheckpointFile() {}

    static void write(Path directory, Checkpoint checkpoint) throws IOException {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("label", checkpoint.label());
        fields.put("computer", checkpoint.computer());
        fields.put("made", checkpoint.made().toString());
        fields.put("bytes", checkpoint.bytes());
        fields.put("lineage", checkpoint.lineage());
        SealedFile.write(directory.resolve(NAME), fields);
    }

    /** Whether the directory holds a complete checkpoint. */
    static boolean isIn(Path directory) {
        return Files.exists(directory.resolve(NAME));
    }

    /**
     * Removes a checkpoint. The file goes first, so that a partly removed checkpoint is never
     * offered.
     */
    static void discard(Path directory) {
        try {
            boolean _ = DurableFiles.delete(directory.resolve(NAME));
        } catch (IOException e) {
            log.warn("{} cannot be removed: {}", directory, FaultLine.of(e));
            return;
        }
        PrivateFiles.discard(directory);
    }

    /**
     * Reads the file.
     *
     * @throws java.nio.file.NoSuchFileException if there is none: the checkpoint is incomplete
     * @throws IOException if it cannot be read or is damaged
     */
    static Checkpoint read(Path directory, String id) throws IOException {
        Path file = directory.resolve(NAME);
        JsonNode node = SealedFile.read(file);
        try {
            List<String> lineage =
                    node.required("lineage").valueStream().map(SealedFile::text).toList();
            if (lineage.isEmpty()) {
                throw SealedFile.damaged(file, null);
            }
            return new Checkpoint(
                    id,
                    SealedFile.text(node.required("label")),
                    SealedFile.text(node.required("computer")),
                    Instant.parse(SealedFile.text(node.required("made"))),
                    node.required("bytes").longValue(),
                    lineage);
        } catch (JacksonException | DateTimeException | IllegalArgumentException e) {
            throw SealedFile.damaged(file, e);
        }
    }
}
