package dev.microsandbox.mcp.tools.computer;

import dev.microsandbox.mcp.session.computer.ComputerSummary;
import dev.microsandbox.mcp.session.computer.SandboxLease;
import dev.microsandbox.mcp.tools.command.JobList;
import dev.microsandbox.mcp.tools.definition.Arguments;
import dev.microsandbox.mcp.tools.definition.SandboxTool;
import dev.microsandbox.mcp.tools.definition.ToolDefinition;
import dev.microsandbox.mcp.tools.result.ErrorText;
import dev.microsandbox.mcp.tools.result.ToolReport;
import dev.microsandbox.mcp.tools.schema.Schema;
import dev.microsandbox.mcp.units.ByteSize;
import dev.microsandbox.mcp.units.Durations;
import dev.microsandbox.vmm.GuestException;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxInfo;
import dev.microsandbox.vmm.Variable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code session_info}: what the session has, what it uses, how long it lives. */
public final class SessionInfo implements SandboxTool {

    /** Enough to remember what there is. */
    private static final int MAX_VARIABLES = 50;

    @Override
    public ToolDefinition definition() {
        Schema.ObjectSchema language =
                Schema.object()
                        .required("name", Schema.string("For run_code."))
                        .required(
                                "aliases",
                                Schema.array("Other names.", Schema.string("Another name.")))
                        .required("version", Schema.string("Of the interpreter."))
                        .required("running", Schema.bool("Whether it is up."));
        Schema.ObjectSchema variable =
                Schema.object()
                        .required("language", Schema.string("Whose variable."))
                        .required("name", Schema.string("Its name."))
                        .required("type", Schema.string("Its type."))
                        .optional("bytes", Schema.integer("Its size, if known."))
                        .required("summary", Schema.string("Its value in short."));
        Schema.ObjectSchema schema =
                ToolReport.okSchema()
                        .required(
                                "isolation",
                                Schema.oneOf(
                                        "What keeps the sandbox apart from its host.",
                                        List.of("hardware", "kvm-software", "emulation")))
                        .required("system", facts("Machine and limits."))
                        .required(
                                "languages", Schema.array("What run_code runs.", language.build()))
                        .required(
                                "variables",
                                Schema.array(
                                        "Of running interpreters, newest first.",
                                        variable.build()));
        Schema.ObjectSchema job =
                Schema.object()
                        .required("job_id", Schema.string("For get_output and stop_job."))
                        .required("status", Schema.string("running, ok, error, timeout, killed."))
                        .required("seconds", Schema.number("How long it has run."))
                        .required("command", Schema.string("What it runs; cut if long."));
        schema.required("jobs", Schema.array("The newest, and all that run.", job.build()));
        Schema.ObjectSchema computer =
                Schema.object()
                        .required("computer", Schema.string("Its handle; main is the session's."))
                        .required(
                                "state",
                                Schema.string("running, starting, suspended or not started."));
        schema.optional("computers", Schema.array("Where there are forks, all.", computer.build()));
        return new ToolDefinition(
                "session_info",
                "Session info",
                """
                Tells about this session's sandbox: CPUs, memory, disk and processes with their \
                limits, languages, variables of running interpreters (name, type, size, summary), \
                background jobs, and how long the sandbox lives on. Relative paths start at /workspace; there is no \
                network. Any call, this one too, keeps an idle sandbox alive.\
                """,
                List.of(),
                ToolReport.outputSchema(schema),
                ToolDefinition.Effect.READS);
    }

    private static Map<String, Object> facts(String description) {
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("type", "object");
        schema.put("description", description);
        return schema;
    }

    @Override
    public Call prepare(Arguments arguments) {
        return SessionInfo::describe;
    }

    private static ToolReport describe(SandboxLease lease) throws InterruptedException {
        Sandbox sandbox = lease.sandbox();
        SandboxInfo info = sandbox.info();
        Map<String, Object> system = system(sandbox, info, lease);
        StringBuilder lines = new StringBuilder();
        system.forEach((name, value) -> lines.append(name).append(": ").append(value).append('\n'));
        List<String> busy = new ArrayList<>();
        List<Map<String, Object>> variables = variables(sandbox, info, busy);
        List<Map<String, Object>> jobs = JobList.of(sandbox);
        ToolReport report =
                ToolReport.status("ok")
                        .fact(
                                "isolation",
                                switch (sandbox.isolation()) {
                                    case HARDWARE -> "hardware";
                                    case KVM_SOFTWARE -> "kvm-software";
                                    case EMULATION -> "emulation";
                                });
        busy.forEach(
                name ->
                        report.hint(
                                "Variables of %s cannot be listed now: it is busy."
                                        .formatted(name)));
        List<Map<String, Object>> computers = computers(lease.computers());
        if (computers.size() > 1) {
            report.section("computers", computers, text(computers, "computer", "state"));
        }
        return report.section("system", system, lines.toString())
                .section("languages", languages(info), text(info))
                .section("variables", variables, text(variables))
                .section("jobs", jobs, JobList.text(jobs));
    }

    private static Map<String, Object> system(
            Sandbox sandbox, SandboxInfo info, SandboxLease lease) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("machine", sandbox.machine());
        facts.put("kernel", ErrorText.bounded(info.kernelRelease()));
        facts.put("cpus", info.cpus());
        facts.put("memory", used(info.memoryUsed(), info.memoryLimit()));
        facts.put("disk", used(info.diskUsed(), info.diskBytes()));
        facts.put("processes", "%d of %d".formatted(info.processes(), info.processLimit()));
        facts.put("directory", "/workspace");
        facts.put("network", "none");
        facts.put("clock", info.clock().toString());
        facts.put("idle_timeout", Durations.inWords(lease.idleTimeout()));
        facts.put("time_left", Durations.roughly(lease.remainingLifetime()));
        return facts;
    }

    private static List<Map<String, Object>> computers(List<ComputerSummary> all) {
        List<Map<String, Object>> computers = new ArrayList<>();
        for (ComputerSummary computer : all) {
            Map<String, Object> facts = new LinkedHashMap<>();
            facts.put("computer", computer.id().isEmpty() ? "main" : computer.id());
            facts.put("state", computer.state());
            computers.add(facts);
        }
        return computers;
    }

    private static String text(List<Map<String, Object>> rows, String name, String value) {
        StringBuilder text = new StringBuilder();
        rows.forEach(r -> text.append(r.get(name)).append(": ").append(r.get(value)).append('\n'));
        return text.toString();
    }

    private static String used(long used, long all) {
        return "%s of %s used".formatted(ByteSize.inWords(used), ByteSize.inWords(all));
    }

    private static List<Map<String, Object>> languages(SandboxInfo info) {
        List<Map<String, Object>> languages = new ArrayList<>();
        for (SandboxInfo.Language language : info.languages()) {
            Map<String, Object> facts = new LinkedHashMap<>();
            facts.put("name", language.name());
            facts.put("aliases", language.aliases());
            facts.put("version", ErrorText.bounded(language.version()));
            facts.put("running", language.running());
            languages.add(facts);
        }
        return languages;
    }

    private static String text(SandboxInfo info) {
        StringBuilder text = new StringBuilder();
        for (SandboxInfo.Language language : info.languages()) {
            text.append(language.name());
            if (!language.aliases().isEmpty()) {
                text.append(" (").append(String.join(", ", language.aliases())).append(')');
            }
            text.append(": ").append(ErrorText.bounded(language.version()));
            text.append(language.running() ? ", running\n" : "\n");
        }
        return text.toString();
    }

    private static List<Map<String, Object>> variables(
            Sandbox sandbox, SandboxInfo info, List<String> busy) throws InterruptedException {
        List<Map<String, Object>> variables = new ArrayList<>();
        for (SandboxInfo.Language language : info.languages()) {
            if (!language.running()) {
                continue;
            }
            try {
                for (Variable variable : sandbox.variables(language.name())) {
                    if (variables.size() < MAX_VARIABLES) {
                        variables.add(structured(language.name(), variable));
                    }
                }
            } catch (GuestException e) {
                busy.add(language.name());
            }
        }
        return variables;
    }

    private static Map<String, Object> structured(String language, Variable variable) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("language", language);
        facts.put("name", ErrorText.bounded(variable.name()));
        facts.put("type", ErrorText.bounded(variable.type()));
        variable.size().ifPresent(size -> facts.put("bytes", size));
        facts.put("summary", ErrorText.bounded(variable.summary()));
        return facts;
    }

    private static String text(List<Map<String, Object>> variables) {
        StringBuilder text = new StringBuilder();
        for (Map<String, Object> variable : variables) {
            text.append(variable.get("name")).append(": ").append(variable.get("type"));
            if (variable.containsKey("bytes")) {
                text.append(", ").append(variable.get("bytes")).append(" bytes");
            }
            text.append(", ").append(variable.get("summary"));
            text.append(" (").append(variable.get("language")).append(")\n");
        }
        return text.toString();
    }
}
