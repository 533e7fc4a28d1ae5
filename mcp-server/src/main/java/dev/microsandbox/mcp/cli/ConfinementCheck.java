package dev.microsandbox.mcp.cli;

import dev.microsandbox.mcp.server.Machines;
import dev.microsandbox.vmm.cgroup.ControlGroups;
import dev.microsandbox.vmm.cgroup.Controller;
import dev.microsandbox.vmm.cgroup.GroupLimits;
import dev.microsandbox.vmm.cgroup.MachineGroup;
import dev.microsandbox.vmm.confine.FileRules;
import dev.microsandbox.vmm.confine.ThreadStates;
import dev.microsandbox.vmm.host.Emulation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Finds out which layers confine a server: it confines this process, which was started as a server
 * is, and then asks the kernel about all of its threads.
 */
final class ConfinementCheck {

    private static final String SUBJECT = "server";

    /** CAP_DAC_OVERRIDE: linux/capability.h. */
    private static final long FILES_OF_OTHERS = 1 << 1;

    private static final Path PROC = Path.of("/proc");

    private ConfinementCheck() {}

    /**
     * Confines this process for good, and says what came of it. Nothing that starts a program may
     * come after.
     */
    static Finding server(Machines machines) {
        boolean launched = System.getenv("MICROSANDBOX_LAUNCH_SOCKET") != null;
        String refusal = "";
        try {
            machines.confineThisProcess();
        } catch (IOException e) {
            refusal = String.valueOf(e.getMessage());
        }
        try {
            return judge(ThreadStates.ofThisProcess(), FileRules.areOn(), launched, refusal);
        } catch (IOException e) {
            return Finding.warn(SUBJECT, "The kernel does not say: " + e.getMessage() + ".");
        }
    }

    /**
     * Judges the layers of a process.
     *
     * @param files whether Landlock keeps it from most files
     * @param launched whether msb-launch has started it
     * @param refusal why the kernel refuses the filter of system calls; empty if it does not
     */
    static Finding judge(ThreadStates threads, boolean files, boolean launched, String refusal) {
        List<String> on = new ArrayList<>();
        List<String> off = new ArrayList<>();
        if (threads.filtered()) {
            on.add("a filter of system calls");
        } else {
            off.add("No filter of system calls: " + (refusal.isEmpty() ? "none was set" : refusal));
        }
        if (threads.noNewPrivs()) {
            on.add("no_new_privs");
        } else {
            off.add("No no_new_privs: it comes with the filter");
        }
        String launcher =
                "the server was not started by msb-launch, which 'msb' builds if it finds gcc and make";
        if (threads.capabilities() == 0) {
            on.add("no capability");
        } else if (threads.capabilities() == FILES_OF_OTHERS) {
            off.add(
                    "CAP_DAC_OVERRIDE is kept, because the home, the program or the Java runtime belongs to another user");
        } else {
            off.add(
                    "Capabilities are kept (%#x): %s"
                            .formatted(
                                    threads.capabilities(),
                                    launched ? "msb-launch was told so" : launcher));
        }
        if (files) {
            on.add("Landlock");
        } else {
            off.add(
                    "No Landlock: "
                            + (launched
                                    ? "this kernel does not have it (5.13 or newer, with landlock in its list of security modules), or the container's own filter hides it"
                                    : launcher));
        }
        String text =
                "All %d threads have %s."
                        .formatted(
                                threads.threads(),
                                on.isEmpty() ? "none of the layers" : String.join(", ", on));
        return off.isEmpty()
                ? Finding.ok(SUBJECT, text)
                : Finding.warn(SUBJECT, text + " " + String.join(". ", off) + ".");
    }

    /** What the kernel says about the servers that run on this host. */
    static List<Finding> running() {
        List<Finding> findings = new ArrayList<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path process : processes) {
                String command = command(process);
                if (!command.isEmpty()) {
                    findings.add(running(process, command));
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            findings.add(Finding.warn(SUBJECT, "Processes cannot be listed: " + e.getMessage()));
        }
        return findings;
    }

    private static Finding running(Path process, String command) {
        String name = "Process " + process.getFileName() + " ('msb " + command + "'): ";
        try {
            ThreadStates threads =
                    ThreadStates.of(Long.parseLong(process.getFileName().toString()));
            String text =
                    name
                            + "%d threads, %s, %s no_new_privs, %s filter of system calls."
                                    .formatted(
                                            threads.threads(),
                                            threads.capabilities() == 0
                                                    ? "no capability"
                                                    : "capabilities %#x"
                                                            .formatted(threads.capabilities()),
                                            threads.noNewPrivs() ? "all with" : "not all with",
                                            threads.filtered() ? "all with a" : "not all with a");
            return threads.filtered() && threads.noNewPrivs()
                    ? Finding.ok(SUBJECT, text)
                    : Finding.warn(SUBJECT, text + " Its log says why.");
        } catch (IOException e) {
            return Finding.warn(SUBJECT, name + e.getMessage() + ".");
        }
    }

    /** The command of a server; empty if the process is none, or is hidden from this user. */
    private static String command(Path process) {
        try {
            List<String> words =
                    List.of(
                            Files.readString(
                                            process.resolve("cmdline"), StandardCharsets.ISO_8859_1)
                                    .split("\0", -1));
            int main = words.indexOf(Main.class.getName());
            boolean java = words.getFirst().endsWith("java");
            String command = main > 0 && main + 1 < words.size() ? words.get(main + 1) : "";
            return java && Set.of("serve", "stdio").contains(command) ? command : "";
        } catch (IOException e) {
            return "";
        }
    }

    /** What confines QEMU. */
    static Finding emulators(Emulation.Finding found) {
        String text =
                found.active().isEmpty()
                        ? "QEMU has a user of its own at most, and is not started where this"
                                + " user may not change users, unless qemu.unconfined is true."
                        : "QEMU has: " + String.join(", ", found.active()) + ".";
        return found.missing().isEmpty()
                ? Finding.ok("escape", text)
                : Finding.warn(
                        "escape", text + " Missing: " + String.join("; ", found.missing()) + ".");
    }

    /** Whether machines can be limited by control groups: makes one, and removes it. */
    static Finding groups() {
        String subject = "cgroup";
        GroupLimits trial = new GroupLimits(1 << 30, 1, 100);
        try (MachineGroup group = ControlGroups.ofThisProcess().forProcess(trial)) {
            Set<Controller> lacking = EnumSet.allOf(Controller.class);
            lacking.removeAll(group.controllers());
            String text = "Each machine in QEMU is limited in: " + names(group.controllers()) + ".";
            return lacking.isEmpty()
                    ? Finding.ok(subject, text)
                    : Finding.warn(
                            subject,
                            text
                                    + " The hierarchy does not let this process limit: "
                                    + names(lacking)
                                    + ".");
        } catch (IOException e) {
            String reason = String.valueOf(e.getMessage());
            return Finding.warn(
                    subject,
                    "Machines are not limited by control groups, which this process cannot make: "
                            + (e instanceof AccessDeniedException
                                    ? "it may not write to " + Path.of(reason).getParent()
                                    : reason)
                            + ".");
        }
    }

    private static String names(Set<Controller> controllers) {
        return controllers.stream()
                .map(each -> each.name().toLowerCase(Locale.ROOT))
                .sorted()
                .collect(Collectors.joining(", "));
    }
}
