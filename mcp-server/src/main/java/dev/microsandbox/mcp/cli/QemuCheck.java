package dev.microsandbox.mcp.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.microsandbox.vmm.host.Accelerator;
import dev.microsandbox.vmm.host.KvmFinding;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Checks whether QEMU is installed and recent enough. */
final class QemuCheck {

    private static final String SUBJECT = "qemu";
    private static final String PROGRAM = "qemu-system-x86_64";

    /** The first version whose microvm machine supports all options that the program uses. */
    private static final int MIN_MAJOR = 7;

    private static final Pattern VERSION = Pattern.compile("version (\\d+)[.\\d]*");

    private QemuCheck() {}

    /**
     * Checks QEMU. It may be missing if sandboxes run on KVM.
     *
     * @param accelerator the configured accelerator
     */
    static Finding check(Accelerator accelerator, KvmFinding kvm) throws InterruptedException {
        boolean unused = KvmCheck.isUsed(kvm, accelerator);
        return unused ? Finding.ok(SUBJECT, "Not needed: sandboxes run on KVM.") : check();
    }

    private static Finding check() throws InterruptedException {
        try {
            Process process =
                    new ProcessBuilder(PROGRAM, "--version").redirectErrorStream(true).start();
            process.getOutputStream().close();
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return Finding.fail(SUBJECT, PROGRAM + " does not answer; install it anew.");
            }
            return judge(new String(process.getInputStream().readAllBytes(), UTF_8));
        } catch (IOException e) {
            return Finding.fail(
                    SUBJECT,
                    PROGRAM
                            + " is not there: install it (Debian: apt-get install qemu-system-x86).");
        }
    }

    static Finding judge(String output) {
        Matcher matcher = VERSION.matcher(output);
        if (!matcher.find()) {
            return Finding.warn(SUBJECT, PROGRAM + " does not tell its version.");
        }
        String version = PROGRAM + " " + matcher.group();
        return Integer.parseInt(matcher.group(1)) >= MIN_MAJOR
                ? Finding.ok(
                        SUBJECT,
                        version
                                + " emulates the sandboxes' machines: isolated as well as it is,"
                                + " and slower than hardware.")
                : Finding.fail(SUBJECT, version + " is too old: " + MIN_MAJOR + " is needed.");
    }
}
