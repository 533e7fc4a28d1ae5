package dev.microsandbox.mcp.tools.computer;

import dev.microsandbox.mcp.session.SandboxSession;
import dev.microsandbox.mcp.session.disk.Checkpoint;
import dev.microsandbox.mcp.tools.definition.Arguments;
import dev.microsandbox.mcp.tools.definition.Parameter;
import dev.microsandbox.mcp.tools.definition.SessionTool;
import dev.microsandbox.mcp.tools.definition.ToolDefinition;
import dev.microsandbox.mcp.tools.result.ResultKey;
import dev.microsandbox.mcp.tools.result.ToolReport;
import dev.microsandbox.mcp.tools.result.UtcTime;
import dev.microsandbox.mcp.units.ByteSize;
import java.util.List;

/** {@code checkpoint}: saves the whole computer. */
public final class MakeCheckpoint implements SessionTool {

    private static final Parameter<String> NAME =
            Parameter.label("name", "What to call it, for example before-install.")
                    .alias("label", "title");

    private static final ResultKey<String> CHECKPOINT =
            ResultKey.text("checkpoint", "Its id, for restore and fork.");

    private static final ResultKey<String> LABEL =
            ResultKey.text("name", "What it is called.").optional();

    private static final ResultKey<Number> BYTES =
            ResultKey.integer("bytes", "What it takes of the session's room.");

    private static final ResultKey<String> MADE_AT = ResultKey.text("made_at", "When, in UTC.");

    @Override
    public ToolDefinition definition() {
        return new ToolDefinition(
                "checkpoint",
                "Save a checkpoint",
                """
                Saves the whole computer as it is now: memory, processes, interpreters with their \
                variables, files. Use it before something risky, or after something slow: restore \
                goes back to it as often as needed, fork makes a second computer of it. Calls that \
                are running go on; after a restore they are not there. Checkpoints are kept until \
                the session ends; how many, and what they take, is limited: list_checkpoints shows \
                it.\
                """,
                List.of(NAME),
                List.of(ToolReport.OK, CHECKPOINT, LABEL, BYTES, MADE_AT),
                ToolDefinition.Effect.ADDS);
    }

    @Override
    public SessionCall prepare(Arguments arguments) {
        String name = arguments.find(NAME).orElse("");
        return target -> save(target, name);
    }

    private static ToolReport save(Target target, String name) throws InterruptedException {
        SandboxSession.WithNotice<Checkpoint> told =
                target.session().checkpoint(target.computer(), name, target.starting());
        Checkpoint made = told.made();
        ToolReport report = ToolReport.ok().fact(CHECKPOINT, made.id());
        if (!made.label().isEmpty()) {
            report.fact(LABEL, made.label());
        }
        told.notice().ifPresent(report::notice);
        return report.fact(BYTES, made.bytes())
                .fact(MADE_AT, UtcTime.text(made.made()))
                .remark(
                        "Saved, with variables, files and processes (%s). restore with checkpoint=%s goes back to it."
                                .formatted(ByteSize.inWords(made.bytes()), made.id()));
    }
}
