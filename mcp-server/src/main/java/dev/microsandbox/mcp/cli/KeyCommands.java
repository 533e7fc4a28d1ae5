package dev.microsandbox.mcp.cli;

import dev.microsandbox.mcp.auth.ApiKey;
import dev.microsandbox.mcp.auth.ApiKeys;
import dev.microsandbox.mcp.auth.IssuedKey;
import dev.microsandbox.mcp.command.Command;
import dev.microsandbox.mcp.command.CommandException;
import dev.microsandbox.mcp.command.CommandSpecs;
import dev.microsandbox.mcp.command.ConfigOptions;
import dev.microsandbox.mcp.command.ExitCode;
import dev.microsandbox.mcp.command.Terminal;
import dev.microsandbox.mcp.units.Durations;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code msb key}: creates, lists and revokes API keys. */
record KeyCommands(Terminal terminal) {

    CommandSpec spec() {
        CommandSpec spec = CommandSpecs.command(this, "key", "Makes, lists and revokes API keys.");
        spec.addSubcommand("create", new Create().spec());
        spec.addSubcommand("list", new ListAll().spec());
        spec.addSubcommand("revoke", new Revoke().spec());
        return spec;
    }

    private ApiKeys keys(ParseResult arguments) {
        return new ApiKeys(ConfigOptions.read(arguments, terminal).keys());
    }

    private final class Create implements Command {

        @Override
        public CommandSpec spec() {
            CommandSpec spec =
                    ConfigOptions.command(
                            this,
                            "create",
                            "Creates a key and prints it. The key is shown only this once.");
            spec.addOption(
                    CommandSpecs.option(
                                    "NAME", "The key's namespace: a team or a user.", "--namespace")
                            .toBuilder()
                            .required(true)
                            .build());
            spec.addOption(
                    CommandSpecs.option(
                            "TIME",
                            "Valid for this long, for example 30d (for ever).",
                            "--expires"));
            return spec;
        }

        @Override
        public int run(ParseResult arguments) throws IOException {
            String namespace = arguments.matchedOptionValue("--namespace", "");
            IssuedKey issued;
            try {
                issued = keys(arguments).create(namespace, lifetime(arguments));
            } catch (IllegalArgumentException e) {
                throw new CommandException(String.valueOf(e.getMessage()));
            }
            ApiKey key = issued.key();
            terminal.say(
                    "key %s for namespace %s, %s. It is shown this once: keep it in a safe place."
                            .formatted(key.id(), key.namespace(), validity(key)));
            terminal.print(issued.token() + "\n");
            return ExitCode.OK;
        }

        private static @Nullable Duration lifetime(ParseResult arguments) {
            String text = arguments.matchedOptionValue("--expires", "");
            if (text.isEmpty()) {
                return null;
            }
            try {
                return Durations.parse(text);
            } catch (IllegalArgumentException e) {
                throw new CommandException(
                        "--expires %s, not \"%s\"".formatted(e.getMessage(), text));
            }
        }
    }

    private final class ListAll implements Command {

        @Override
        public CommandSpec spec() {
            return ConfigOptions.command(
                    this, "list", "Lists the keys: id, namespace, creation time, validity.");
        }

        @Override
        public int run(ParseResult arguments) throws IOException {
            for (ApiKey key : keys(arguments).list()) {
                terminal.print(
                        String.format(
                                Locale.ROOT,
                                "%-10s %-20s %s  %s%n",
                                key.id(),
                                key.namespace(),
                                seconds(key.created()),
                                validity(key)));
            }
            return ExitCode.OK;
        }
    }

    private final class Revoke implements Command {

        @Override
        public CommandSpec spec() {
            CommandSpec spec =
                    ConfigOptions.command(
                            this,
                            "revoke",
                            "Revokes a key for good. Running servers refuse it at once.");
            spec.addPositional(
                    CommandSpecs.argument("ID", "The key's id, as 'msb key list' shows it."));
            return spec;
        }

        @Override
        public int run(ParseResult arguments) throws IOException {
            String id = arguments.matchedPositionalValue(0, "");
            Optional<ApiKey> revoked = keys(arguments).revoke(id);
            if (revoked.isEmpty()) {
                throw new CommandException(
                        "there is no key " + id + "; 'msb key list' shows those there are.");
            }
            terminal.say("key " + id + " is revoked.");
            return ExitCode.OK;
        }
    }

    private static String validity(ApiKey key) {
        if (key.revoked() != null) {
            return "revoked " + seconds(key.revoked());
        }
        if (key.expires() == null) {
            return "never expires";
        }
        boolean over = !key.validAt(Instant.now());
        return (over ? "expired " : "expires ") + seconds(key.expires());
    }

    private static Instant seconds(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS);
    }
}
