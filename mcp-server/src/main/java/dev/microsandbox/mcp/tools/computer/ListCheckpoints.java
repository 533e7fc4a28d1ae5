package dev.microsandbox.mcp.tools.computer;

import dev.microsandbox.mcp.session.disk.Checkpoint;
import dev.microsandbox.mcp.session.disk.CheckpointList;
import dev.microsandbox.mcp.tools.definition.Arguments;
import dev.microsandbox.mcp.tools.definition.SessionTool;
import dev.microsandbox.mcp.tools.definition.ToolDefinition;
import dev.microsandbox.mcp.tools.result.ToolReport;
import dev.microsandbox.mcp.tools.result.UtcTime;
import dev.microsandbox.mcp.tools.schema.Schema;
import dev.microsandbox.mcp.units.ByteSize;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code list_checkpoints}: what restore and fork can go back to. */
public final class ListCheckpoints implements SessionTool {

    @Override
    public ToolDefinition definition() {
        Schema.ObjectSchema checkpoint =
                Schema.object()
                        .required("checkpoint", Schema.string("Its id."))
                        .optional("name", Schema.string("What it is called."))
                        .optional("computer", Schema.string("The fork that was saved, if one."))
                        .required("made_at", Schema.string("When, in UTC."))
                        .required("bytes", Schema.integer("What it takes."));
        Schema.ObjectSchema schema =
                ToolReport.okSchema()
                        .required("count", Schema.integer("How many there are."))
                        .required("max_count", Schema.integer("How many there may be."))
                        .required("bytes", Schema.integer("What they take together."))
                        .required("max_bytes", Schema.integer("What they may take together."))
                        .required(
                                "checkpoints",
                                Schema.array("The oldest first.", checkpoint.build()));
        return new ToolDefinition(
                "list_checkpoints",
                "List checkpoints",
                """
                Lists the checkpoints of this session with id, name, time and size, and what is \
                left of the session's room for them.\
                """,
                List.of(),
                ToolReport.outputSchema(schema),
                ToolDefinition.Effect.READS);
    }

    @Override
    public boolean takesComputer() {
        return false;
    }

    @Override
    public Call prepare(Arguments arguments) {
        return target -> list(target.session().checkpoints());
    }

    private static ToolReport list(CheckpointList list) {
        List<Map<String, Object>> facts = new ArrayList<>();
        StringBuilder lines = new StringBuilder();
        for (Checkpoint checkpoint : list.checkpoints()) {
            facts.add(structured(checkpoint));
            lines.append(line(checkpoint)).append('\n');
        }
        ToolReport report =
                ToolReport.status("ok")
                        .fact("count", list.checkpoints().size())
                        .fact("max_count", list.limits().maxCount())
                        .fact("bytes", list.bytes())
                        .fact("max_bytes", list.limits().maxBytes())
                        .section("checkpoints", facts, lines.toString());
        return facts.isEmpty() ? report.remark("There are none; checkpoint makes one.") : report;
    }

    private static Map<String, Object> structured(Checkpoint checkpoint) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("checkpoint", checkpoint.id());
        if (!checkpoint.label().isEmpty()) {
            facts.put("name", checkpoint.label());
        }
        if (!checkpoint.computer().isEmpty()) {
            facts.put("computer", checkpoint.computer());
        }
        facts.put("made_at", UtcTime.text(checkpoint.made()));
        facts.put("bytes", checkpoint.bytes());
        return facts;
    }

    private static String line(Checkpoint checkpoint) {
        return "%s, %s, %s%s"
                .formatted(
                        checkpoint.inWords(),
                        UtcTime.text(checkpoint.made()),
                        ByteSize.inWords(checkpoint.bytes()),
                        checkpoint.computer().isEmpty()
                                ? ""
                                : ", of computer " + checkpoint.computer());
    }
}
