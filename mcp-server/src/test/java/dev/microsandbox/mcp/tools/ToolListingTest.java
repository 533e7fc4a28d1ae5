package dev.microsandbox.mcp.tools;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.tools.definition.Tool;
import io.modelcontextprotocol.json.McpJsonDefaults;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Checks the tool listing that clients see, byte for byte, because agents' prompts and programs
 * rely on it. {@code tools.jsonl} has one line for each tool, as in {@code tools/list}. A change to
 * it is a change of the interface. The test writes the current listing to {@code
 * target/tools.jsonl}.
 */
class ToolListingTest {

    private static final Path WRITTEN = Path.of("target/tools.jsonl");

    @Test
    void theToolsAreListedAsClientsKnowThem() throws IOException {
        List<String> listed = new ArrayList<>();
        for (Tool tool : ToolCatalogue.tools(Duration.ofSeconds(30))) {
            listed.add(
                    McpJsonDefaults.getMapper().writeValueAsString(tool.fullDefinition().toTool()));
        }
        Files.write(WRITTEN, listed);
        try (var known = ToolListingTest.class.getResourceAsStream("/tools.jsonl")) {
            assertThat(known).as("tools.jsonl").isNotNull();
            assertThat(listed)
                    .containsSubsequence(new String(known.readAllBytes(), UTF_8).lines().toList());
        }
    }
}
