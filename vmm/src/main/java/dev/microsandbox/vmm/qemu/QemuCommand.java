package dev.microsandbox.vmm.qemu;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The command line of one QEMU process.
 *
 * <p>The process is confined before it runs a guest instruction:
 *
 * <ul>
 *   <li>it dies with this JVM, also when that is killed (PR_SET_PDEATHSIG; the signal comes when
 *       the <em>thread</em> that started it ends, so that thread waits for it);
 *   <li>it gets its files as open descriptors and, where this JVM may give it one, a user of its
 *       own that owns nothing and cannot reach the others' processes; no capabilities,
 *       no_new_privs;
 *   <li>QEMU's own seccomp filter forbids it to start processes, gain privileges or change its
 *       limits;
 *   <li>its machine has the devices of {@link QemuOptions} and no other.
 * </ul>
 */
final class QemuCommand {

    static final String QEMU = "qemu-system-x86_64";

    /** Exit status of the launching shell when this JVM was gone before QEMU started. */
    static final int PARENT_GONE = 70;

    /**
     * Between the fork and the request to die with the parent, the parent may have died: a process
     * whose parent is not "$1" goes no further.
     */
    private static final String CHECK_PARENT =
            "[ \"$PPID\" = \"$1\" ] || exit " + PARENT_GONE + "; shift; exec \"$@\"";

    private QemuCommand() {}

    /**
     * The command of one machine.
     *
     * @param files that QEMU is to have open, beside the console
     * @param options of QEMU
     * @param user the uid and gid to run as; null to keep this JVM's
     */
    static List<String> of(
            List<InheritedFile> files, List<String> options, @Nullable Integer user) {
        List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", openFiles(files), "sh"));
        files.forEach(file -> command.add(file.path().toString()));
        if (user != null) {
            // Changing the user clears the death signal, so that is asked for in a second step.
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
     * A script that opens the files with this JVM's rights: "$1" is the first, and so on; the rest
     * is what to become.
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
