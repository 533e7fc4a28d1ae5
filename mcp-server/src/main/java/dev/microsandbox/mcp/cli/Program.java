package dev.microsandbox.mcp.cli;

import dev.microsandbox.mcp.command.CommandException;
import dev.microsandbox.mcp.command.Configuration;
import dev.microsandbox.mcp.command.ExitCode;
import dev.microsandbox.mcp.command.Terminal;
import dev.microsandbox.mcp.config.ConfigException;
import dev.microsandbox.mcp.server.Machines;
import dev.microsandbox.mcp.server.StdioServer;
import dev.microsandbox.vmm.SandboxException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Map;
import org.slf4j.LoggerFactory;

/** The program: runs a command line, and reports every error in one line. */
record Program(Terminal terminal, Machines machines) {

    /**
     * Runs a command line.
     *
     * @return the exit code
     */
    int run(String... args) {
        try {
            // Clients start the server this way and wait for it. There is nothing to parse, and
            // loading the parser would take a third of the time to the first answer.
            if (args.length == 1 && args[0].equals("stdio")) {
                new StdioServer(terminal.in(), terminal.out(), machines)
                        .serve(Configuration.read(Map.of(), terminal));
                return ExitCode.OK;
            }
            if (args.length > 0 && args[0].equals(WorkerCommand.NAME)) {
                return new WorkerCommand(machines).run(List.of(args));
            }
            return new CommandLines(terminal, machines).run(args);
        } catch (CommandException | ConfigException | SandboxException e) {
            return failed(e, String.valueOf(e.getMessage()));
        } catch (IOException e) {
            return failed(e, said(e));
        } catch (InterruptedException e) {
            return failed(e, "interrupted");
        } catch (RuntimeException e) {
            return failed(
                    e,
                    "internal error: %s. With MICROSANDBOX_LOG_LEVEL=debug the log says where."
                            .formatted(e));
        }
    }

    /** What the kernel or this program says of it. A message of the JDK's may be a mere path. */
    private static String said(IOException e) {
        String message = String.valueOf(e.getMessage());
        return switch (e) {
            case NoSuchFileException file -> "there is no file " + file.getFile();
            case AccessDeniedException file -> "this user may not access " + file.getFile();
            case FileAlreadyExistsException file -> file.getFile() + " is in the way";
            case FileSystemException file when file.getReason() != null -> message;
            case IOException plain when plain.getClass() == IOException.class -> message;
            default -> e.getClass().getSimpleName() + ": " + message;
        };
    }

    private int failed(Exception e, String message) {
        terminal.say(message.strip());
        LoggerFactory.getLogger(Program.class).debug("The command failed", e);
        return ExitCode.FAILED;
    }
}
