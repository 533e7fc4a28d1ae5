package dev.microsandbox.mcp.cli;

import dev.microsandbox.mcp.command.Command;
import dev.microsandbox.mcp.command.CommandException;
import dev.microsandbox.mcp.command.CommandSpecs;
import dev.microsandbox.mcp.command.ConfigOptions;
import dev.microsandbox.mcp.command.ExitCode;
import dev.microsandbox.mcp.command.Terminal;
import dev.microsandbox.mcp.config.ServerConfig;
import dev.microsandbox.mcp.server.MicroVmFactory;
import dev.microsandbox.mcp.units.ByteSize;
import dev.microsandbox.vmm.host.StoredTemplate;
import dev.microsandbox.vmm.host.TemplateCatalog;
import java.util.Locale;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code msb template}: builds, lists and removes the templates from which sandboxes start. */
record TemplateCommands(Terminal terminal) {

    CommandSpec spec() {
        CommandSpec spec =
                CommandSpecs.command(
                        this,
                        "template",
                        "Builds, lists and removes templates, from which sandboxes start.");
        spec.addSubcommand("build", new Build().spec());
        spec.addSubcommand("list", new ListAll().spec());
        spec.addSubcommand("remove", new Remove().spec());
        return spec;
    }

    private final class Build implements Command {

        @Override
        public CommandSpec spec() {
            return ConfigOptions.command(
                    this,
                    "build",
                    "Builds the template for the configured sandboxes, unless it exists.");
        }

        @Override
        public int run(ParseResult arguments) throws InterruptedException {
            ServerConfig config = ConfigOptions.read(arguments, terminal);
            if (!config.template().enabled()) {
                throw new CommandException(
                        "templates are switched off: template.enabled is false.");
            }
            String id = MicroVmFactory.of(config, terminal::say).buildTemplate(config.sandbox());
            terminal.say("template " + id + " is ready.");
            return ExitCode.OK;
        }
    }

    private final class ListAll implements Command {

        @Override
        public CommandSpec spec() {
            return ConfigOptions.command(
                    this,
                    "list",
                    "Lists the templates: id, machine, image, CPUs, memory, size, creation time.");
        }

        @Override
        public int run(ParseResult arguments) {
            ServerConfig config = ConfigOptions.read(arguments, terminal);
            for (StoredTemplate template : new TemplateCatalog(config.templates()).list()) {
                terminal.print(
                        String.format(
                                Locale.ROOT,
                                "%s  %-4s  %-12s %d CPU  %8s  %8s  %s%n",
                                template.id(),
                                template.machine(),
                                template.image(),
                                template.cpus(),
                                ByteSize.inWords(template.memoryBytes()),
                                ByteSize.inWords(template.bytes()),
                                template.made()));
            }
            return ExitCode.OK;
        }
    }

    private final class Remove implements Command {

        @Override
        public CommandSpec spec() {
            CommandSpec spec =
                    ConfigOptions.command(
                            this,
                            "remove",
                            "Removes a template. Sandboxes that started from it continue.");
            spec.addPositional(CommandSpecs.argument("ID", "The template's id."));
            return spec;
        }

        @Override
        public int run(ParseResult arguments) {
            String id = arguments.matchedPositionalValue(0, "");
            ServerConfig config = ConfigOptions.read(arguments, terminal);
            new TemplateCatalog(config.templates()).remove(id);
            terminal.say("template " + id + " is removed.");
            return ExitCode.OK;
        }
    }
}
