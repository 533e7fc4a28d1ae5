package dev.microsandbox.mcp.bench.startup;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The MCP server with which the start-up time is compared: npm's {@code
 * \@modelcontextprotocol/server-filesystem}, installed once below the given directory.
 */
final class StartupPeer {

    static final String PACKAGE = "@modelcontextprotocol/server-filesystem";
    static final String VERSION = "2026.8.31";

    private StartupPeer() {}

    /** Installs the peer if necessary, and returns the command that starts it. */
    static List<String> command(Path directory) throws IOException, InterruptedException {
        Path script = directory.resolve("node_modules/" + PACKAGE + "/dist/index.js");
        if (!Files.exists(script)) {
            install(directory);
        }
        return List.of("node", script.toString(), directory.toString());
    }

    private static void install(Path directory) throws IOException, InterruptedException {
        Files.createDirectories(directory);
        File log = directory.resolve("npm.log").toFile();
        List<String> npm =
                List.of(
                        "npm",
                        "install",
                        "--no-audit",
                        "--no-fund",
                        "--prefix",
                        directory.toString(),
                        PACKAGE + "@" + VERSION);
        int status;
        try {
            status =
                    new ProcessBuilder(npm)
                            .redirectErrorStream(true)
                            .redirectOutput(log)
                            .start()
                            .waitFor();
        } catch (IOException e) {
            throw new IOException(
                    "npm is needed to install the peer, " + PACKAGE + ": " + e.getMessage(), e);
        }
        if (status != 0) {
            throw new IOException("npm could not install " + PACKAGE + "; see " + log);
        }
    }
}
