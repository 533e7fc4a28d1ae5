package dev.microsandbox.mcp.tools.code;

import dev.microsandbox.mcp.tools.output.TextCapture;
import dev.microsandbox.mcp.tools.process.ProcessOutput;
import dev.microsandbox.mcp.tools.result.ResultKey;
import dev.microsandbox.mcp.tools.result.ToolReport;
import dev.microsandbox.vmm.Exit;
import dev.microsandbox.vmm.MimeBundle;
import dev.microsandbox.vmm.RunListener;
import org.jspecify.annotations.Nullable;

/** Captures a bounded part of what code prints and displays, and reports it. Not thread-safe. */
final class RunOutput extends ProcessOutput implements RunListener {

    static final ResultKey<Number> DISPLAYS_OMITTED =
            ResultKey.integer("displays_omitted", "How many more there were.").optional();

    static final ResultKey<String> RESULT =
            ResultKey.text("result", "The value of the last expression.").optional();

    private final DisplayedValues displays = new DisplayedValues();
    private @Nullable Rendition result;

    @Override
    public void display(MimeBundle bundle) {
        displays.add(bundle);
    }

    @Override
    public void result(MimeBundle bundle) {
        result = Rendition.of(bundle, "result", TextCapture.DEFAULT_LIMIT);
    }

    @Override
    public void clear() {
        super.clear();
        displays.clear();
    }

    @Override
    public boolean reportTo(ToolReport report, Exit exit) {
        boolean any = super.reportTo(report, exit);
        if (!displays.isEmpty()) {
            report.section(Rendition.DISPLAYS, displays.structured(), displays.text());
            displays.attachments().forEach(report::attach);
            any = true;
        }
        if (displays.omitted() > 0) {
            report.section(DISPLAYS_OMITTED, displays.omitted(), "");
        }
        if (result != null) {
            report.section(RESULT, result.text());
            if (result.attachment() != null) {
                report.attach(result.attachment());
            }
            any = true;
        }
        return any;
    }
}
