package dev.microsandbox.mcp.tools.process;

import dev.microsandbox.mcp.tools.output.CapturedText;
import dev.microsandbox.mcp.tools.output.TextCapture;
import dev.microsandbox.mcp.tools.result.ResultKey;
import dev.microsandbox.mcp.tools.result.ResultObject;
import dev.microsandbox.mcp.tools.result.ToolReport;
import dev.microsandbox.vmm.Exit;
import dev.microsandbox.vmm.OutputListener;

/** Captures a bounded part of what a process prints, and reports it. Not thread-safe. */
public class ProcessOutput implements OutputListener {

    /**
     * The agent writes a log if a process prints more bytes than this. More may not fit in the
     * captured text, because a visible control character or invalid byte takes three bytes of text.
     */
    public static final int LOG_THRESHOLD = TextCapture.DEFAULT_LIMIT / 3;

    public static final ResultKey<String> STDOUT =
            ResultKey.text("stdout", "Standard output; the middle is left out if long.");

    public static final ResultKey<String> STDERR =
            ResultKey.text("stderr", "Standard error; the middle is left out if long.");

    private static final ResultKey<Number> STDOUT_BYTES =
            ResultKey.integer("stdout_bytes", "Left out of stdout.");

    private static final ResultKey<Number> STDOUT_LINES =
            ResultKey.integer("stdout_lines", "Left out of stdout.");

    private static final ResultKey<Number> STDERR_BYTES =
            ResultKey.integer("stderr_bytes", "Left out of stderr.");

    private static final ResultKey<Number> STDERR_LINES =
            ResultKey.integer("stderr_lines", "Left out of stderr.");

    public static final ResultKey<ResultObject> OMITTED =
            ResultKey.object("omitted", STDOUT_BYTES, STDOUT_LINES, STDERR_BYTES, STDERR_LINES)
                    .optional();

    public static final ResultKey<String> LOG =
            ResultKey.text("log", "Path in the sandbox of the whole output.").optional();

    private TextCapture stdout = new TextCapture(TextCapture.DEFAULT_LIMIT);
    private TextCapture stderr = new TextCapture(TextCapture.DEFAULT_LIMIT);

    @Override
    public final void stdout(byte[] bytes) {
        stdout.append(bytes);
    }

    @Override
    public final void stderr(byte[] bytes) {
        stderr.append(bytes);
    }

    /** Discards what was printed so far. */
    public void clear() {
        stdout = new TextCapture(TextCapture.DEFAULT_LIMIT);
        stderr = new TextCapture(TextCapture.DEFAULT_LIMIT);
    }

    /**
     * Adds both streams to a report. Must be called once, at the end.
     *
     * @return whether anything was printed
     */
    public boolean reportTo(ToolReport report, Exit exit) {
        CapturedText out = stdout.finish();
        CapturedText err = stderr.finish();
        report.section(STDOUT, out.shown(exit.logPath()));
        report.section(STDERR, err.shown(exit.logPath()));
        if (out.isTruncated() || err.isTruncated()) {
            ResultObject omitted =
                    new ResultObject()
                            .with(STDOUT_BYTES, out.omittedBytes())
                            .with(STDOUT_LINES, out.omittedLines())
                            .with(STDERR_BYTES, err.omittedBytes())
                            .with(STDERR_LINES, err.omittedLines());
            // The text states this at the gap.
            report.section(OMITTED, omitted, "");
            report.section(LOG, exit.logPath(), "");
        }
        return !out.isEmpty() || !err.isEmpty();
    }
}
