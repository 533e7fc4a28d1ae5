package dev.microsandbox.mcp.cli;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;

/** Says in words what there is to be said about {@code /dev/kvm}. */
final class KvmCheck {

    private static final String SUBJECT = "kvm";

    private static final String CONSEQUENCE = " Sandboxes run on software emulation.";

    private KvmCheck() {}

    /**
     * Looks at the device.
     *
     * @param device usually {@code /dev/kvm}
     * @param modules usually {@code /sys/module}
     */
    static Finding check(Path device, Path modules) {
        if (!Files.exists(device)) {
            return Finding.warn(
                    SUBJECT, device + " is missing. " + whyMissing(modules) + CONSEQUENCE);
        }
        try (FileChannel channel =
                FileChannel.open(device, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            if (Files.isDirectory(modules.resolve("kvm_pvm"))) {
                return Finding.warn(
                        SUBJECT,
                        device
                                + " is served by kvm_pvm, which emulates the guest's kernel."
                                + CONSEQUENCE);
            }
            return channel.isOpen()
                    ? Finding.ok(SUBJECT, device + " can be opened." + CONSEQUENCE)
                    : Finding.warn(SUBJECT, device + " cannot be opened." + CONSEQUENCE);
        } catch (AccessDeniedException e) {
            return Finding.warn(SUBJECT, forbidden(device) + CONSEQUENCE);
        } catch (IOException e) {
            return Finding.warn(
                    SUBJECT,
                    "%s cannot be opened (%s): another hypervisor may hold the processor's"
                                    .formatted(device, e.getMessage())
                            + " virtualization; stop it, or look at 'dmesg'."
                            + CONSEQUENCE);
        }
    }

    private static String whyMissing(Path modules) {
        return Files.isDirectory(modules.resolve("kvm"))
                ? "The kvm module is there: in a container pass the device (--device /dev/kvm)."
                : "Load kvm_intel or kvm_amd (modprobe), switch virtualization on in the firmware,"
                        + " or, on a virtual machine, ask for nested virtualization.";
    }

    private static String forbidden(Path device) {
        try {
            PosixFileAttributes attributes =
                    Files.readAttributes(device, PosixFileAttributes.class);
            String group = attributes.group().getName();
            boolean byGroup = attributes.permissions().contains(PosixFilePermission.GROUP_WRITE);
            return byGroup
                    ? "%s is for group %s: add yourself with 'usermod -aG %s USER' and log in anew."
                            .formatted(device, group, group)
                    : "%s is for %s alone: run as that user, or 'chmod g+rw %s' and join group %s."
                            .formatted(device, attributes.owner().getName(), device, group);
        } catch (IOException e) {
            return device + " may not be opened by this user.";
        }
    }
}
