package dev.microsandbox.vmm.qemu;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The command line of one QEMU process.
 *
 * <p>The process is confined before it runs the first guest instruction:
 *
 * <ul>
 *   <li>it dies with this JVM, even if the JVM is killed (PR_SET_PDEATHSIG; the kernel sends the
 *       signal when the <em>thread</em> that started the process ends, so that thread waits for the
 *       process);
 *   <li>it gets its files as open descriptors and, if this JVM may change users, a user of its own,
 *       which owns nothing and cannot access the processes of other users; it has no capabilities,
 *       and no_new_privs is set;
 *   <li>QEMU's own seccomp filter keeps it from starting processes, gaining privileges and changing
 *       its limits;
 *   <li>its machine has only the devices of {@link QemuOptions}.
 * </ul>
 */
final class QemuCommand {

    static final String QEMU = "qemu-system-x86_64";

    /** Exit status of the launching shell if this JVM ended before QEMU started. */
    static final int PARENT_GONE = 70;

    /**
     * Exits unless the process's parent is "$1", because the parent may have died between the fork
     * and the request to die with it.
     */
    private static final String CHECK_PARENT =
            "[ \"$PPID\" = \"$1\" ] || exit " + PARENT_GONE + "; shift; exec \"$@\"";

    private QemuCommand() {}

    /**
     * The command line of one machine.
     *
     * @param files to open for QEMU, in addition to the console
     * @param options of QEMU
     * @param user the uid and gid to run as; null to keep this JVM's
     */
    static List<String> of(
            List<InheritedFile> files, List<String> options, @Nullable Integer user) {
        List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", openFiles(files), "sh"));
        files.forEach(file -> command.add(file.path().toString()));
        if (user != null) {
            // A change of user clears the death signal, so a second step requests it.
            command.addAll(
                    List.of(
                            "setpriv",
                            "--reuid=" + user,
                            "--regid=" + user,
                            "--clear-groups",
                            "--inh-caps=-all",
                            "--bounding-set=-all",
                            "--no-new-privs"));
        }
        command.addAll(List.of("setpriv", "--pdeathsig", "KILL", "--no-new-privs"));
        command.addAll(
                List.of(
                        "/bin/sh",
                        "-c",
                        CHECK_PARENT,
                        "sh",
                        Long.toString(ProcessHandle.current().pid())));
        command.add(QEMU);
        command.addAll(options);
        return command;
    }

    /**
     * A script that opens the files with this JVM's rights. "$1" is the first file, and so on. It
     * then executes the remaining arguments.
     */
    private static String openFiles(List<InheritedFile> files) {
        StringBuilder script = new StringBuilder("exec");
        for (int i = 0; i < files.size(); i++) {
            InheritedFile file = files.get(i);
            script.append(" %d%s\"$%d\"".formatted(file.number(), file.access(), i + 1));
        }
        return script.append(
                        " %d>&2; shift %d; exec \"$@\""
                                .formatted(QemuOptions.CONSOLE_FD, files.size()))
                .toString();
    }
}
