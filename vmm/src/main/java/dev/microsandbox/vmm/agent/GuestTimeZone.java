package dev.microsandbox.vmm.agent;

import dev.microsandbox.vmm.ExecRequest;
import dev.microsandbox.vmm.Exit;
import dev.microsandbox.vmm.FileStat;
import dev.microsandbox.vmm.GuestException;
import dev.microsandbox.vmm.OutputListener;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxStartException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * Sets a guest's time zone, in the two files where C libraries and language runtimes look for it.
 */
final class GuestTimeZone {

    /** The time zone of an image, which needs no change. */
    private static final String PRESET = "UTC";

    /** The name that Debian's tzdata package uses for the same zone. */
    private static final String DEBIANS_PRESET = "Etc/UTC";

    private static final String NAME = "/etc/timezone";

    private static final int MOST_BYTES = 256;

    private static final String SET =
            "[ -e \"/usr/share/zoneinfo/$1\" ] && ln -sfn \"/usr/share/zoneinfo/$1\" /etc/localtime"
                    + " && echo \"$1\" > /etc/timezone";

    private GuestTimeZone() {}

    /**
     * Sets the time zone of a guest that was just booted.
     *
     * @throws SandboxStartException if the image does not know the zone
     */
    static void set(Sandbox sandbox, String zone) throws InterruptedException {
        if (!zone.equals(PRESET)) {
            write(sandbox, zone);
        }
    }

    /**
     * Sets the time zone of a guest that ran before and may have any zone.
     *
     * @throws SandboxStartException if the image does not know the zone
     */
    static void change(Sandbox sandbox, String zone) throws InterruptedException {
        // Reading a file is much cheaper than running a command.
        if (!zone.equals(given(sandbox))) {
            write(sandbox, zone);
        }
    }

    private static String given(Sandbox sandbox) throws InterruptedException {
        ByteArrayOutputStream zone = new ByteArrayOutputStream();
        try {
            FileStat _ = sandbox.files().read(NAME, 0, MOST_BYTES, zone);
        } catch (GuestException e) {
            return PRESET; // the file is missing, as in an image without time zones
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String text = zone.toString(StandardCharsets.UTF_8).strip();
        return text.equals(DEBIANS_PRESET) ? PRESET : text;
    }

    private static void write(Sandbox sandbox, String zone) throws InterruptedException {
        ExecRequest request =
                ExecRequest.of("/bin/sh", "-c", SET, "sh", zone).withUser(ExecRequest.User.ROOT);
        Exit exit = sandbox.exec(request, OutputListener.DISCARD);
        if (!exit.isSuccess()) {
            throw new SandboxStartException(
                    "The sandbox's image has no time zone %s: set sandbox.time_zone (or TZ) to one of the tz database, or install tzdata in the image."
                            .formatted(zone),
                    null);
        }
    }
}
