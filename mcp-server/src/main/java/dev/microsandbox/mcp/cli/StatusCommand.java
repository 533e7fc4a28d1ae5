package dev.microsandbox.mcp.cli;

import dev.microsandbox.mcp.command.Command;
import dev.microsandbox.mcp.command.CommandException;
import dev.microsandbox.mcp.command.CommandSpecs;
import dev.microsandbox.mcp.command.ConfigOptions;
import dev.microsandbox.mcp.command.ExitCode;
import dev.microsandbox.mcp.command.Terminal;
import dev.microsandbox.mcp.server.ControlClient;
import dev.microsandbox.mcp.units.ByteSize;
import java.io.IOException;
import java.util.Locale;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code msb status}: what the server on this home does now. */
record StatusCommand(Terminal terminal) implements Command {

    private static final String AS_JSON = "--json";

    @Override
    public CommandSpec spec() {
        CommandSpec spec =
                ConfigOptions.command(
                        this,
                        "status",
                        "Shows what the server on this home does now, and its workers.");
        spec.addOption(CommandSpecs.flag("Print one JSON object instead of a table.", AS_JSON));
        return spec;
    }

    @Override
    public int run(ParseResult arguments) {
        String json;
        try {
            json = ControlClient.status(ConfigOptions.read(arguments, terminal).home());
        } catch (IOException e) {
            throw new CommandException(String.valueOf(e.getMessage()));
        }
        terminal.print(
                arguments.hasMatchedOption(AS_JSON)
                        ? json + "\n"
                        : table(JsonMapper.shared().readTree(json)));
        return ExitCode.OK;
    }

    private static String table(JsonNode status) {
        StringBuilder text = new StringBuilder();
        line(
                text,
                "server",
                "%s, process %d".formatted(status.path("url").asString(), number(status, "pid")));
        line(text, "since", status.path("started").asString());
        line(text, "workers", status.path("mode").asString());
        line(text, "sandboxes", Long.toString(number(status, "sandboxes")));
        if (status.has("cpus")) {
            line(
                    text,
                    "cpus",
                    "%d of %d".formatted(number(status, "cpus_in_use"), number(status, "cpus")));
            line(
                    text,
                    "memory",
                    "%s of %s"
                            .formatted(
                                    ByteSize.inWords(number(status, "memory_in_use")),
                                    ByteSize.inWords(number(status, "memory"))));
        }
        if (!status.path("workers").isEmpty()) {
            text.append(
                    String.format(
                            Locale.ROOT,
                            "%n%-24s %8s %9s %10s %9s%n",
                            "namespace",
                            "process",
                            "sessions",
                            "computers",
                            "requests"));
        }
        for (JsonNode worker : status.path("workers")) {
            text.append(
                    String.format(
                            Locale.ROOT,
                            "%-24s %8d %9d %10d %9d%s%n",
                            worker.path("namespace").asString(),
                            number(worker, "pid"),
                            number(worker, "sessions"),
                            number(worker, "computers"),
                            number(worker, "requests"),
                            worker.path("stopping").asBoolean() ? "  stopping" : ""));
        }
        return text.toString();
    }

    private static long number(JsonNode node, String field) {
        return node.path(field).asLong();
    }

    private static void line(StringBuilder text, String name, String value) {
        text.append(String.format(Locale.ROOT, "%-10s %s%n", name, value));
    }
}
