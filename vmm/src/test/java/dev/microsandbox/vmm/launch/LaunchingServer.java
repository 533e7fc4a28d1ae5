package dev.microsandbox.vmm.launch;

import java.util.List;
import java.util.concurrent.CountDownLatch;

/** A server of its own process, which has its launcher start two programs, and then waits. */
final class LaunchingServer {

    private LaunchingServer() {}

    /** Prints the process ids of the two, their users, and "ready". */
    public static void main(String[] arguments) throws Exception {
        Launcher launcher = Launcher.find(Confinement.DEFAULT).orElseThrow();
        for (int i = 0; i < 2; i++) {
            LaunchedProcess process =
                    launcher.startQemu(List.of("wait"), List.of(), List.of(), false);
            System.out.println(process.pid());
            System.out.println(process.inputReader().readLine());
        }
        System.out.println("ready");
        new CountDownLatch(1).await();
    }
}
