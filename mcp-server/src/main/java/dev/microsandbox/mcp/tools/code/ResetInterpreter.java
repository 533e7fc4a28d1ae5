package dev.microsandbox.mcp.tools.code;

import dev.microsandbox.mcp.session.computer.SandboxLease;
import dev.microsandbox.mcp.tools.definition.Arguments;
import dev.microsandbox.mcp.tools.definition.Parameter;
import dev.microsandbox.mcp.tools.definition.SandboxTool;
import dev.microsandbox.mcp.tools.definition.ToolDefinition;
import dev.microsandbox.mcp.tools.result.ResultKey;
import dev.microsandbox.mcp.tools.result.ToolReport;
import java.util.List;

/** {@code reset_interpreter}: ends a language's interpreter and keeps the files. */
public final class ResetInterpreter implements SandboxTool {

    private static final Parameter<String> LANGUAGE =
            Parameter.language("Which interpreter; all of them if left out.");

    private static final ResultKey<Number> ENDED =
            ResultKey.integer("ended", "How many interpreters were running.");

    @Override
    public ToolDefinition definition() {
        return new ToolDefinition(
                "reset_interpreter",
                "Reset interpreter",
                """
                Ends a language's interpreter, also one that hangs, with every process that it \
                started. Its variables are lost, files stay; the next run_code starts it anew. \
                Does not wait for code that is running: that call ends.\
                """,
                List.of(LANGUAGE),
                List.of(ToolReport.OK, ENDED),
                ToolDefinition.Effect.CHANGES_ONCE);
    }

    @Override
    public SandboxCall prepare(Arguments arguments) {
        String language = arguments.find(LANGUAGE).orElse("");
        return lease -> reset(lease, language);
    }

    private static ToolReport reset(SandboxLease lease, String language)
            throws InterruptedException {
        int ended = lease.sandbox().reset(language);
        ToolReport report = ToolReport.ok().fact(ENDED, ended);
        return ended == 0 ? report.remark("No interpreter was running.") : report;
    }
}
