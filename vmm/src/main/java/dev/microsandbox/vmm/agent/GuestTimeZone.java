package dev.microsandbox.vmm.agent;

import dev.microsandbox.vmm.ExecRequest;
import dev.microsandbox.vmm.Exit;
import dev.microsandbox.vmm.OutputListener;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxStartException;

/** Sets a guest's time zone, in the two files where C libraries and runtimes look for it. */
final class GuestTimeZone {

    /** An image's own, and then nothing needs to be done. */
    private static final String PRESET = "UTC";

    private static final String SET =
            "[ -e \"/usr/share/zoneinfo/$1\" ] && ln -sfn \"/usr/share/zoneinfo/$1\" /etc/localtime"
                    + " && echo \"$1\" > /etc/timezone";

    private GuestTimeZone() {}

    /**
     * Sets it.
     *
     * @throws SandboxStartException if the image does not know it
     */
    static void set(Sandbox sandbox, String zone) throws InterruptedException {
        if (zone.equals(PRESET)) {
            return;
        }
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
