package dev.microsandbox.mcp.cli;

import dev.microsandbox.mcp.command.Command;
import dev.microsandbox.mcp.command.CommandException;
import dev.microsandbox.mcp.command.CommandSpecs;
import dev.microsandbox.mcp.command.ConfigOptions;
import dev.microsandbox.mcp.command.ExitCode;
import dev.microsandbox.mcp.command.Terminal;
import dev.microsandbox.mcp.config.ServerConfig;
import dev.microsandbox.mcp.server.Images;
import dev.microsandbox.mcp.server.MicroVmFactory;
import dev.microsandbox.mcp.units.ByteSize;
import dev.microsandbox.vmm.ImageException;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxException;
import dev.microsandbox.vmm.host.MicroVms;
import dev.microsandbox.vmm.image.GuestAssetStore;
import dev.microsandbox.vmm.image.GuestAssets;
import dev.microsandbox.vmm.image.ImageInfo;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** {@code msb image}: builds, lists, removes and verifies guest images. */
record ImageCommands(Terminal terminal) {

    private static final String DEFAULT = "default";

    CommandSpec spec() {
        CommandSpec spec = CommandSpecs.command(this, "image", "Builds and shows guest images.");
        spec.addSubcommand("build", new Build().spec());
        spec.addSubcommand("prepare", new Prepare().spec());
        spec.addSubcommand("list", new ListAll().spec());
        spec.addSubcommand("remove", new Remove().spec());
        spec.addSubcommand("verify", new Verify().spec());
        return spec;
    }

    private GuestAssetStore images(ParseResult arguments) {
        return Images.of(ConfigOptions.read(arguments, terminal).home());
    }

    private static PositionalParamSpec imageName() {
        return CommandSpecs.argument("NAME", "The image's name.");
    }

    private static final String TEMPLATES = "--templates";

    private final class Build implements Command {

        @Override
        public CommandSpec spec() {
            CommandSpec spec =
                    ConfigOptions.command(
                            this,
                            "build",
                            "Builds an image and its kernel, unless both exist. The first"
                                    + " build takes minutes.");
            spec.addOption(
                    CommandSpecs.option(
                            "FILE", "Your own recipe, which is built as NAME.", "--recipe"));
            spec.addOption(
                    CommandSpecs.option(
                            "LANGUAGE,…",
                            "Languages in addition to those of the default image: go,"
                                    + " java, r, ruby. The image is built as NAME.",
                            "--with"));
            spec.addOption(CommandSpecs.option("NAME", "The image's name (default).", "--name"));
            return spec;
        }

        @Override
        public int run(ParseResult arguments) throws InterruptedException {
            String recipe = arguments.matchedOptionValue("--recipe", "");
            String languages = arguments.matchedOptionValue("--with", "");
            String name = arguments.matchedOptionValue("--name", DEFAULT);
            boolean own = !recipe.isEmpty() || !languages.isEmpty();
            if (own && name.equals(DEFAULT)) {
                throw new CommandException(
                        "an image with a recipe or languages of its own needs a name: add --name"
                                + " NAME.");
            }
            if (!recipe.isEmpty() && !languages.isEmpty()) {
                throw new CommandException(
                        "--with adds to the default image. In a recipe write: language "
                                + languages.replace(',', ' '));
            }
            GuestAssetStore images = images(arguments);
            if (!languages.isEmpty()) {
                List<String> names = List.of(languages.split("[, ]+", -1));
                images.buildWith(names, name, terminal::say);
            } else if (!recipe.isEmpty()) {
                images.build(Path.of(recipe), name, terminal::say);
            } else {
                images.build(name, terminal::say);
            }
            terminal.say("image " + name + " is ready.");
            if (own) {
                terminal.say("To use it for sandboxes, set sandbox.image to " + name);
            }
            return ExitCode.OK;
        }
    }

    /** Also what the launcher of a server runs, which is confined and cannot build. */
    private final class Prepare implements Command {

        @Override
        public CommandSpec spec() {
            CommandSpec spec =
                    CommandSpecs.command(
                            this,
                            "prepare",
                            "Builds the images that the configuration names, where they are"
                                    + " missing.");
            ConfigOptions.addSandbox(spec);
            spec.addOption(
                    OptionSpec.builder(TEMPLATES)
                            .description("Then make their templates, unless there are any.")
                            .build());
            return spec;
        }

        @Override
        public int run(ParseResult arguments) throws InterruptedException {
            ServerConfig config = ConfigOptions.read(arguments, terminal);
            GuestAssetStore images = Images.of(config.home());
            List<String> names =
                    config.sandboxes().stream().map(SandboxConfig::image).distinct().toList();
            boolean failed = false;
            for (String name : names) {
                try {
                    GuestAssets _ = images.resolve(name, terminal::say);
                } catch (ImageException e) {
                    terminal.say(String.valueOf(e.getMessage()));
                    failed = true;
                }
            }
            if (arguments.hasMatchedOption(TEMPLATES) && config.template().enabled()) {
                failed |= !makeTemplates(config);
            }
            return failed ? ExitCode.FAILED : ExitCode.OK;
        }

        private boolean makeTemplates(ServerConfig config) throws InterruptedException {
            boolean made = true;
            MicroVms machines = MicroVmFactory.of(config, terminal::say);
            for (SandboxConfig sandbox : config.sandboxes()) {
                try {
                    String _ = machines.buildTemplate(sandbox);
                } catch (SandboxException e) {
                    terminal.say("No template: " + e.getMessage());
                    made = false;
                }
            }
            return made;
        }
    }

    private final class ListAll implements Command {

        @Override
        public CommandSpec spec() {
            return ConfigOptions.command(this, "list", "Lists the images: name, size, build time.");
        }

        @Override
        public int run(ParseResult arguments) {
            for (ImageInfo image : images(arguments).list()) {
                terminal.print(
                        String.format(
                                Locale.ROOT,
                                "%-20s %10s  %s%n",
                                image.name(),
                                image.built() == null ? "-" : ByteSize.inWords(image.rootfsBytes()),
                                image.built() == null ? "not built yet" : image.built()));
            }
            return ExitCode.OK;
        }
    }

    private final class Remove implements Command {

        @Override
        public CommandSpec spec() {
            CommandSpec spec = ConfigOptions.command(this, "remove", "Removes an image's files.");
            spec.addPositional(imageName());
            return spec;
        }

        @Override
        public int run(ParseResult arguments) throws InterruptedException {
            String name = arguments.matchedPositionalValue(0, "");
            images(arguments).remove(name, terminal::say);
            terminal.say("image " + name + " is removed.");
            return ExitCode.OK;
        }
    }

    private final class Verify implements Command {

        @Override
        public CommandSpec spec() {
            CommandSpec spec =
                    ConfigOptions.command(
                            this,
                            "verify",
                            "Compares an image's files with what was recorded when they were"
                                    + " built.");
            spec.addPositional(imageName());
            return spec;
        }

        @Override
        public int run(ParseResult arguments) throws InterruptedException {
            String name = arguments.matchedPositionalValue(0, "");
            images(arguments).verify(name, terminal::say);
            terminal.say("image " + name + " is as it was built.");
            return ExitCode.OK;
        }
    }
}
