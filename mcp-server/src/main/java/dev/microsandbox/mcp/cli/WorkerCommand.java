package dev.microsandbox.mcp.cli;

import dev.microsandbox.mcp.auth.Namespaces;
import dev.microsandbox.mcp.command.CommandException;
import dev.microsandbox.mcp.command.ExitCode;
import dev.microsandbox.mcp.server.Machines;
import dev.microsandbox.mcp.server.WorkerServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * {@code msb worker --home HOME --namespace NAME}: a worker of {@code msb serve}. The launcher
 * starts it, always in this form, so there is nothing to parse: a request waits for it.
 */
record WorkerCommand(Machines machines) {

    static final String NAME = "worker";

    private static final String FORM = NAME + " --home HOME --namespace NAME";

    int run(List<String> words) throws IOException, InterruptedException {
        if (words.size() != 5
                || !words.get(1).equals("--home")
                || !words.get(3).equals("--namespace")) {
            throw new CommandException(
                    "'msb serve' starts its workers itself, as 'msb %s'.".formatted(FORM));
        }
        String namespace;
        try {
            namespace = Namespaces.validate(words.get(4));
        } catch (IllegalArgumentException e) {
            throw new CommandException(String.valueOf(e.getMessage()));
        }
        new WorkerServer(Path.of(words.get(2)), namespace, machines, ExitCode.EXHAUSTED).run();
        return ExitCode.OK;
    }
}
