package dev.microsandbox.vmm.launch;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * A server of its own process, which has its launcher start a QEMU and a worker, and then waits.
 */
final class WorkerStartingServer {

    private WorkerStartingServer() {}

    /** Prints the process ids of QEMU, of the worker's launcher and of the worker. */
    public static void main(String[] arguments) throws Exception {
        Launcher launcher = Launcher.find(Confinement.DEFAULT).orElseThrow();
        LaunchedWorker worker = launcher.startWorker("one");
        LaunchedProcess qemu = launcher.startQemu(List.of("wait"), List.of(), List.of(), false);
        TestTenants.tell(worker).close();
        Path children = Path.of("/proc/%d/task/%1$d/children".formatted(worker.pid()));
        System.out.println(qemu.pid());
        System.out.println(worker.pid());
        System.out.println(Files.readString(children).strip());
        new CountDownLatch(1).await();
    }
}
