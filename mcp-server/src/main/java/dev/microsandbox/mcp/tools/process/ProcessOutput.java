package dev.microsandbox.mcp.tools.process;

import dev.microsandbox.mcp.tools.output.CapturedText;
import dev.microsandbox.mcp.tools.output.TextCapture;
import dev.microsandbox.mcp.tools.result.ToolReport;
import dev.microsandbox.mcp.tools.schema.Schema;
import dev.microsandbox.vmm.Exit;
import dev.microsandbox.vmm.OutputListener;
import java.util.LinkedHashMap;
import java.util.Map;

/** Collects what a process prints, bounded, and reports it. Not thread-safe. */
public class ProcessOutput implements OutputListener {

    /**
     * More printed bytes than this may be more than fits: making a control character or an invalid
     * byte visible takes three bytes of text.
     */
    public static final int LOG_THRESHOLD = TextCapture.DEFAULT_LIMIT / 3;

    private static final Map<String, Object> STDOUT =
            Schema.string("Standard output; the middle is left out if long.");

    private static final Map<String, Object> STDERR =
            Schema.string("Standard error; the middle is left out if long.");

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

    /** Forgets what was printed so far. */
    public void clear() {
        stdout = new TextCapture(TextCapture.DEFAULT_LIMIT);
        stderr = new TextCapture(TextCapture.DEFAULT_LIMIT);
    }

    /**
     * Adds both streams to a report. To be called once, at the end.
     *
     * @return whether anything was printed
     */
    public boolean reportTo(ToolReport report, Exit exit) {
        CapturedText out = stdout.finish();
        CapturedText err = stderr.finish();
        report.section("stdout", out.shown(exit.logPath()));
        report.section("stderr", err.shown(exit.logPath()));
        if (out.isTruncated() || err.isTruncated()) {
            Map<String, Object> omitted = new LinkedHashMap<>();
            omitted.put("stdout_bytes", out.omittedBytes());
            omitted.put("stdout_lines", out.omittedLines());
            omitted.put("stderr_bytes", err.omittedBytes());
            omitted.put("stderr_lines", err.omittedLines());
            // The text says all this where the gap is.
            report.section("omitted", omitted, "");
            report.section("log", exit.logPath(), "");
        }
        return !out.isEmpty() || !err.isEmpty();
    }

    /** Adds what {@link #reportTo} reports. */
    public static Schema.ObjectSchema addTo(Schema.ObjectSchema schema) {
        return addLeftOutTo(schema.required("stdout", STDOUT).required("stderr", STDERR));
    }

    /** The same for a tool that does not always report it. */
    public static Schema.ObjectSchema addOptionalTo(Schema.ObjectSchema schema) {
        return addLeftOutTo(schema.optional("stdout", STDOUT).optional("stderr", STDERR));
    }

    private static Schema.ObjectSchema addLeftOutTo(Schema.ObjectSchema schema) {
        return schema.optional(
                        "omitted",
                        Schema.object()
                                .required("stdout_bytes", Schema.integer("Left out of stdout."))
                                .required("stdout_lines", Schema.integer("Left out of stdout."))
                                .required("stderr_bytes", Schema.integer("Left out of stderr."))
                                .required("stderr_lines", Schema.integer("Left out of stderr."))
                                .build())
                .optional("log", Schema.string("Path in the sandbox of the whole output."));
    }
}
