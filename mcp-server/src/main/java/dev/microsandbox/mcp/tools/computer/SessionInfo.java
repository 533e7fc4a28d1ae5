package dev.microsandbox.mcp.tools.computer;

import dev.microsandbox.mcp.session.computer.ComputerSummary;
import dev.microsandbox.mcp.session.computer.SandboxLease;
import dev.microsandbox.mcp.session.limits.RunLimits;
import dev.microsandbox.mcp.tools.command.JobList;
import dev.microsandbox.mcp.tools.definition.Arguments;
import dev.microsandbox.mcp.tools.definition.SandboxTool;
import dev.microsandbox.mcp.tools.definition.ToolDefinition;
import dev.microsandbox.mcp.tools.result.ErrorText;
import dev.microsandbox.mcp.tools.result.ResultKey;
import dev.microsandbox.mcp.tools.result.ResultObject;
import dev.microsandbox.mcp.tools.result.ToolReport;
import dev.microsandbox.mcp.units.ByteSize;
import dev.microsandbox.mcp.units.Durations;
import dev.microsandbox.vmm.GuestException;
import dev.microsandbox.vmm.Job;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxInfo;
import dev.microsandbox.vmm.Variable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code session_info}: reports the session's resources, contents and remaining lifetime. */
public final class SessionInfo implements SandboxTool {

    /** Maximum number of variables; enough to recall what exists. */
    private static final int MAX_VARIABLES = 50;

    private static final ResultKey<String> ISOLATION =
            ResultKey.choice(
                    "isolation",
                    "What keeps the sandbox apart from its host.",
                    "hardware",
                    "kvm-software",
                    "emulation");

    private static final ResultKey<Map<String, Object>> SYSTEM =
            ResultKey.open("system", "Machine and limits.");

    private static final ResultKey<String> LANGUAGE_NAME = ResultKey.text("name", "For run_code.");

    private static final ResultKey<List<String>> ALIASES =
            ResultKey.texts("aliases", "Other names.", "Another name.");

    private static final ResultKey<String> VERSION =
            ResultKey.text("version", "Of the interpreter.");

    private static final ResultKey<Boolean> RUNNING =
            ResultKey.flag("running", "Whether it is up.");

    private static final ResultKey<List<ResultObject>> LANGUAGES =
            ResultKey.objects(
                    "languages", "What run_code runs.", LANGUAGE_NAME, ALIASES, VERSION, RUNNING);

    private static final ResultKey<String> LANGUAGE = ResultKey.text("language", "Whose variable.");

    private static final ResultKey<String> VARIABLE_NAME = ResultKey.text("name", "Its name.");

    private static final ResultKey<String> TYPE = ResultKey.text("type", "Its type.");

    private static final ResultKey<Number> BYTES =
            ResultKey.integer("bytes", "Its size, if known.").optional();

    private static final ResultKey<String> SUMMARY =
            ResultKey.text("summary", "Its value in short.");

    private static final ResultKey<List<ResultObject>> VARIABLES =
            ResultKey.objects(
                    "variables",
                    "Of running interpreters, newest first.",
                    LANGUAGE,
                    VARIABLE_NAME,
                    TYPE,
                    BYTES,
                    SUMMARY);

    private static final ResultKey<String> HANDLE =
            ResultKey.text("computer", "Its handle; main is the session's.");

    private static final ResultKey<String> STATE =
            ResultKey.text("state", "running, starting, suspended or not started.");

    private static final ResultKey<List<ResultObject>> COMPUTERS =
            ResultKey.objects("computers", "Where there are forks, all.", HANDLE, STATE).optional();

    @Override
    public ToolDefinition definition() {
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
                List.of(
                        ToolReport.OK,
                        ISOLATION,
                        SYSTEM,
                        LANGUAGES,
                        VARIABLES,
                        JobList.JOBS,
                        COMPUTERS),
                ToolDefinition.Effect.READS);
    }

    @Override
    public SandboxCall prepare(Arguments arguments) {
        return SessionInfo::describe;
    }

    private static ToolReport describe(SandboxLease lease) throws InterruptedException {
        Sandbox sandbox = lease.sandbox();
        SandboxInfo info = sandbox.info();
        List<SandboxInfo.Language> languages = offered(info, lease.terms().runs());
        Map<String, Object> system = system(sandbox, info, lease);
        StringBuilder lines = new StringBuilder();
        system.forEach((name, value) -> lines.append(name).append(": ").append(value).append('\n'));
        List<String> busy = new ArrayList<>();
        List<OwnedVariable> variables = variables(sandbox, languages, busy);
        List<Job> jobs = JobList.of(sandbox);
        ToolReport report =
                ToolReport.ok()
                        .fact(
                                ISOLATION,
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
        List<ComputerSummary> computers = lease.computers();
        if (computers.size() > 1) {
            report.section(COMPUTERS, structured(computers), textOf(computers));
        }
        return report.section(SYSTEM, system, lines.toString())
                .section(LANGUAGES, structuredLanguages(languages), textOfLanguages(languages))
                .section(
                        VARIABLES,
                        variables.stream().map(SessionInfo::structured).toList(),
                        text(variables))
                .section(JobList.JOBS, JobList.structured(jobs), JobList.text(jobs));
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
        List<String> quota = lease.quota();
        if (!quota.isEmpty()) {
            facts.put("namespace_quota", String.join(", ", quota));
        }
        facts.put("run_timeout", Durations.inWords(lease.terms().runs().timeout()));
        facts.put("idle_timeout", Durations.inWords(lease.terms().lifespan().idleTimeout()));
        facts.put("time_left", Durations.roughly(lease.remainingLifetime()));
        return facts;
    }

    private static List<ResultObject> structured(List<ComputerSummary> computers) {
        return computers.stream()
                .map(c -> new ResultObject().with(HANDLE, name(c)).with(STATE, c.state()))
                .toList();
    }

    private static String textOf(List<ComputerSummary> computers) {
        StringBuilder text = new StringBuilder();
        computers.forEach(c -> text.append(name(c)).append(": ").append(c.state()).append('\n'));
        return text.toString();
    }

    private static String name(ComputerSummary computer) {
        return computer.id().isEmpty() ? "main" : computer.id();
    }

    private static String used(long used, long all) {
        return "%s of %s used".formatted(ByteSize.inWords(used), ByteSize.inWords(all));
    }

    /** The languages of the image that are offered to the namespace. */
    private static List<SandboxInfo.Language> offered(SandboxInfo info, RunLimits limits) {
        return info.languages().stream()
                .filter(language -> limits.offers(language.name(), language.aliases()))
                .toList();
    }

    private static List<ResultObject> structuredLanguages(List<SandboxInfo.Language> languages) {
        return languages.stream()
                .map(
                        language ->
                                new ResultObject()
                                        .with(LANGUAGE_NAME, language.name())
                                        .with(ALIASES, language.aliases())
                                        .with(VERSION, ErrorText.bounded(language.version()))
                                        .with(RUNNING, language.running()))
                .toList();
    }

    private static String textOfLanguages(List<SandboxInfo.Language> languages) {
        StringBuilder text = new StringBuilder();
        for (SandboxInfo.Language language : languages) {
            text.append(language.name());
            if (!language.aliases().isEmpty()) {
                text.append(" (").append(String.join(", ", language.aliases())).append(')');
            }
            text.append(": ").append(ErrorText.bounded(language.version()));
            text.append(language.running() ? ", running\n" : "\n");
        }
        return text.toString();
    }

    /** A variable and the language of its interpreter. */
    private record OwnedVariable(String language, Variable variable) {}

    private static List<OwnedVariable> variables(
            Sandbox sandbox, List<SandboxInfo.Language> languages, List<String> busy)
            throws InterruptedException {
        List<OwnedVariable> variables = new ArrayList<>();
        for (SandboxInfo.Language language : languages) {
            if (!language.running()) {
                continue;
            }
            try {
                for (Variable variable : sandbox.variables(language.name())) {
                    if (variables.size() < MAX_VARIABLES) {
                        variables.add(new OwnedVariable(language.name(), variable));
                    }
                }
            } catch (GuestException e) {
                busy.add(language.name());
            }
        }
        return variables;
    }

    private static ResultObject structured(OwnedVariable owned) {
        Variable variable = owned.variable();
        ResultObject facts =
                new ResultObject()
                        .with(LANGUAGE, owned.language())
                        .with(VARIABLE_NAME, ErrorText.bounded(variable.name()))
                        .with(TYPE, ErrorText.bounded(variable.type()));
        variable.size().ifPresent(size -> facts.with(BYTES, size));
        return facts.with(SUMMARY, ErrorText.bounded(variable.summary()));
    }

    private static String text(List<OwnedVariable> variables) {
        StringBuilder text = new StringBuilder();
        for (OwnedVariable owned : variables) {
            Variable variable = owned.variable();
            text.append(ErrorText.bounded(variable.name())).append(": ");
            text.append(ErrorText.bounded(variable.type()));
            variable.size().ifPresent(size -> text.append(", ").append(size).append(" bytes"));
            text.append(", ").append(ErrorText.bounded(variable.summary()));
            text.append(" (").append(owned.language()).append(")\n");
        }
        return text.toString();
    }
}
