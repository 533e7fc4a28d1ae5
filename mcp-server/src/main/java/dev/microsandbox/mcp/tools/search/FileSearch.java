package dev.microsandbox.mcp.tools.search;

import dev.microsandbox.mcp.tools.definition.ToolException;
import dev.microsandbox.mcp.tools.path.GuestPath;
import dev.microsandbox.mcp.tools.process.Signals;
import dev.microsandbox.vmm.ExecRequest;
import dev.microsandbox.vmm.Exit;
import dev.microsandbox.vmm.GuestException;
import dev.microsandbox.vmm.OutputListener;
import dev.microsandbox.vmm.Sandbox;
import java.time.Duration;
import java.util.List;

/** Runs ripgrep in a sandbox, on a directory or a file. */
final class FileSearch {

    /** The time limit of a search. The matches found by then are shown. */
    static final Duration TIMEOUT = Duration.ofSeconds(30);

    private static final int ERROR = 2;
    private static final int COMMAND_NOT_FOUND = 127;

    /** Why a search ended. */
    enum Ending {
        COMPLETE,
        /** There are more matches than are counted. */
        ENOUGH,
        TIMED_OUT
    }

    /**
     * The outcome of a search.
     *
     * @param found the collector of the search's output
     * @param ending why the search ended
     * @param complaints ripgrep's error messages, for example about unreadable files
     */
    record SearchOutcome<T>(T found, Ending ending, String complaints) {}

    private final Sandbox sandbox;
    private final String path;
    private final boolean isDirectory;

    private FileSearch(Sandbox sandbox, String path, boolean isDirectory) {
        this.sandbox = sandbox;
        this.path = path;
        this.isDirectory = isDirectory;
    }

    /**
     * Creates a search of a directory or a file.
     *
     * @throws ToolException if the path leads to neither
     */
    static FileSearch of(Sandbox sandbox, String path) throws InterruptedException {
        return switch (sandbox.files().stat(path, true).type()) {
            case DIRECTORY -> new FileSearch(sandbox, path, true);
            case FILE -> new FileSearch(sandbox, path, false);
            case OTHER, SYMBOLIC_LINK ->
                    throw new ToolException(
                            "%s is neither a directory nor a file."
                                    .formatted(GuestPath.inLine(path)));
        };
    }

    /**
     * Finds lines.
     *
     * @throws ToolException if ripgrep is missing or refuses the query
     */
    SearchOutcome<Matches> lines(Query query, int limit) throws InterruptedException {
        Matches matches = new Matches(limit);
        Run run = run(query.search(target()), matches);
        String complaints = matches.errors();
        if (run.code() == ERROR && !matches.isComplete()) {
            throw refused(complaints, "; literal=true looks for plain text");
        }
        return new SearchOutcome<>(matches, run.ending(), complaints);
    }

    /**
     * Finds files by name.
     *
     * @throws ToolException if ripgrep is missing or refuses the query
     */
    SearchOutcome<NewestFiles> names(Query query, int limit) throws InterruptedException {
        NewestFiles files = new NewestFiles(limit);
        Run run = run(query.list(target()), files);
        String complaints = files.errors();
        if (run.code() >= ERROR && files.count() == 0) {
            throw refused(complaints, "");
        }
        return new SearchOutcome<>(files, run.ending(), complaints);
    }

    /** The path of a found file in the form that other tools accept. */
    String pathOf(String found) {
        if (!isDirectory) {
            return path;
        }
        return path.equals(SearchFiles.HOME) || path.equals(".")
                ? found
                : GuestPath.join(path, found);
    }

    /** The argument for ripgrep. Globs are relative to the directory in which ripgrep starts. */
    private String target() {
        return isDirectory ? "." : path;
    }

    private record Run(Ending ending, int code) {}

    private Run run(List<String> command, OutputListener output) throws InterruptedException {
        ExecRequest request =
                ExecRequest.of(command.toArray(String[]::new))
                        .withDirectory(isDirectory ? path : null)
                        .withTimeout(TIMEOUT);
        Exit exit;
        try {
            exit = sandbox.exec(request, output);
        } catch (Matches.CountLimitException e) {
            return new Run(Ending.ENOUGH, 0);
        } catch (GuestException e) {
            // The directory was just found to exist, so it must be ripgrep that is missing.
            throw e.status() == GuestException.ENOENT ? ripgrepMissing() : e;
        }
        if (exit.timedOut()) {
            return new Run(Ending.TIMED_OUT, 0);
        }
        if (exit.kind() == Exit.Kind.SIGNALED) {
            throw new ToolException(
                    "The search was ended by signal %s%s. Search less: a path below, or a glob."
                            .formatted(
                                    Signals.describe(exit.code()),
                                    exit.memoryKills() > 0 ? ", for want of memory" : ""));
        }
        if (exit.code() == COMMAND_NOT_FOUND) {
            throw ripgrepMissing();
        }
        return new Run(Ending.COMPLETE, exit.code());
    }

    private static ToolException refused(String complaints, String advice) {
        return new ToolException("ripgrep refuses this" + advice + ":\n" + complaints);
    }

    private static ToolException ripgrepMissing() {
        return new ToolException(
                """
                This sandbox's image has no ripgrep, which search_files needs: add the package \
                ripgrep to the image's recipe. Until then use run_command with grep -rn or find.\
                """);
    }
}
