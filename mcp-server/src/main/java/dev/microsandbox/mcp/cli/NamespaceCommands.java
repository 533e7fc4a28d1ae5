package dev.microsandbox.mcp.cli;

import dev.microsandbox.mcp.auth.ApiKey;
import dev.microsandbox.mcp.auth.ApiKeys;
import dev.microsandbox.mcp.auth.Namespaces;
import dev.microsandbox.mcp.command.Command;
import dev.microsandbox.mcp.command.CommandException;
import dev.microsandbox.mcp.command.CommandSpecs;
import dev.microsandbox.mcp.command.ConfigOptions;
import dev.microsandbox.mcp.command.Configuration;
import dev.microsandbox.mcp.command.ExitCode;
import dev.microsandbox.mcp.command.Terminal;
import dev.microsandbox.mcp.config.EffectiveConfig;
import dev.microsandbox.mcp.config.LiveNamespaces;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code msb namespace}: shows and checks what holds for namespaces. */
record NamespaceCommands(Terminal terminal) {

    CommandSpec spec() {
        CommandSpec spec =
                CommandSpecs.command(
                        this, "namespace", "Lists, shows and checks the settings of namespaces.");
        spec.addSubcommand("list", new ListAll().spec());
        spec.addSubcommand("show", new Show().spec());
        spec.addSubcommand("check", new Check().spec());
        return spec;
    }

    private EffectiveConfig effective(ParseResult arguments) {
        return Configuration.effective(ConfigOptions.flags(arguments), terminal);
    }

    private final class ListAll implements Command {

        @Override
        public CommandSpec spec() {
            return ConfigOptions.command(
                    this,
                    "list",
                    "Lists the namespaces that have keys or settings: name, valid keys, own"
                            + " settings.");
        }

        @Override
        public int run(ParseResult arguments) throws IOException {
            EffectiveConfig effective = effective(arguments);
            LiveNamespaces namespaces = effective.namespaces();
            Map<String, Integer> keys = new TreeMap<>();
            namespaces.names().forEach(name -> keys.put(name, 0));
            Instant now = Instant.now();
            for (ApiKey key : new ApiKeys(effective.config().keys()).list()) {
                keys.merge(key.namespace(), key.validAt(now) ? 1 : 0, Integer::sum);
            }
            keys.forEach(
                    (name, count) ->
                            terminal.print(
                                    String.format(
                                            Locale.ROOT,
                                            "%-20s %3d %-5s %s%n",
                                            name,
                                            count,
                                            count == 1 ? "key" : "keys",
                                            settings(namespaces.own(name)))));
            return ExitCode.OK;
        }

        private static String settings(List<String> own) {
            return own.isEmpty() ? "no settings of its own" : String.join(" ", own);
        }
    }

    private final class Show implements Command {

        @Override
        public CommandSpec spec() {
            CommandSpec spec =
                    ConfigOptions.command(
                            this,
                            "show",
                            "Prints what holds for a namespace as YAML, and where each value comes"
                                    + " from.");
            spec.addPositional(CommandSpecs.argument("NAME", "The namespace."));
            return spec;
        }

        @Override
        public int run(ParseResult arguments) {
            String name = arguments.matchedPositionalValue(0, "");
            try {
                Namespaces.validate(name);
            } catch (IllegalArgumentException e) {
                throw new CommandException(String.valueOf(e.getMessage()));
            }
            terminal.print(effective(arguments).namespaces().toYaml(name));
            return ExitCode.OK;
        }
    }

    private final class Check implements Command {

        @Override
        public CommandSpec spec() {
            return ConfigOptions.command(
                    this,
                    "check",
                    "Checks the files of all namespaces, as a server does before they count.");
        }

        @Override
        public int run(ParseResult arguments) {
            List<String> mistakes =
                    Configuration.mistakesOfNamespaces(ConfigOptions.flags(arguments), terminal);
            mistakes.forEach(terminal::say);
            if (!mistakes.isEmpty()) {
                return ExitCode.FAILED;
            }
            int count = effective(arguments).namespaces().names().size();
            terminal.say(
                    "the settings of %d %s are right"
                            .formatted(count, count == 1 ? "namespace" : "namespaces"));
            return ExitCode.OK;
        }
    }
}
