package dev.microsandbox.vmm.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/** Programs that stand in for QEMU, and launchers with fewer rights than this process. */
public final class TestPrograms {

    /** A user without an account, outside of QEMU's range. */
    static final int ORDINARY_USER = 60_999;

    private static final Path SOURCES = Path.of("src/test/resources/dev/microsandbox/vmm/launch");

    private TestPrograms() {}

    /** Compiles the program that tries what a guest that has taken over QEMU would. */
    public static Path attacks(Path directory) throws IOException, InterruptedException {
        return compile(directory, "attacks");
    }

    static Path compile(Path directory, String name) throws IOException, InterruptedException {
        Path program = directory.resolve(name);
        run(
                List.of(
                        "gcc",
                        "-static",
                        "-O1",
                        "-Wall",
                        "-o",
                        program.toString(),
                        SOURCES.resolve(name + ".c").toString()));
        return program;
    }

    /** A launcher as this user's. Everybody may execute it. */
    static Path asThisUser(Path directory) throws IOException {
        Path program = directory.resolve("msb-launch");
        if (!Files.exists(program)) {
            Files.copy(BuiltLauncher.use(), program);
        }
        return program;
    }

    /** A launcher as an ordinary user's. */
    static Path asOrdinaryUser(Path directory) throws IOException {
        return behind(
                directory,
                "ordinary",
                "setpriv --reuid=%d --regid=%<d --clear-groups".formatted(ORDINARY_USER));
    }

    /** A launcher as in a container: root, but no mounts and no namespaces. */
    static Path asInAContainer(Path directory) throws IOException {
        return behind(directory, "contained", "setpriv --bounding-set=-sys_admin --inh-caps=-all");
    }

    /** A launcher with just what docker-compose.yaml gives: no right to everybody's files. */
    static Path withRightsOfAContainer(Path directory) throws IOException {
        return behind(
                directory,
                "composed",
                "setpriv --inh-caps=-all"
                        + " --bounding-set=-all,+setuid,+setgid,+setpcap,+chown,+kill,+sys_nice");
    }

    /** Gives a directory to the user of {@link #asOrdinaryUser}. */
    static void giveToOrdinaryUser(Path directory) throws IOException {
        Files.setAttribute(directory, "unix:uid", ORDINARY_USER);
        Files.setAttribute(directory, "unix:gid", ORDINARY_USER);
    }

    private static Path behind(Path directory, String name, String prefix) throws IOException {
        Path script = directory.resolve(name);
        Files.writeString(
                script, "#!/bin/sh\nexec " + prefix + " " + asThisUser(directory) + " \"$@\"\n");
        return Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    static void run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = process.inputReader().readAllAsString();
        if (process.waitFor() != 0) {
            throw new IOException(command + ": " + output);
        }
    }

    /** Sends a signal, such as KILL, from outside of this process. */
    static void kill(String signal, long pid) throws IOException, InterruptedException {
        run(List.of("kill", "-" + signal, Long.toString(pid)));
    }

    public static boolean isRoot() throws IOException {
        return Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
    }
}
