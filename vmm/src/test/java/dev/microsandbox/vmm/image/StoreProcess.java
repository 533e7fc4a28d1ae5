package dev.microsandbox.vmm.image;

import dev.microsandbox.vmm.HalfWayProcess;
import java.io.IOException;
import java.nio.file.Path;

/** Another process that uses a store and can be killed. */
final class StoreProcess {

    private StoreProcess() {}

    /** Starts a process that builds the default image, and waits half-way until it may go on. */
    static HalfWayProcess building(Path home) throws IOException {
        return HalfWayProcess.start(StoreProcess.class, "build", home.toString());
    }

    /**
     * Starts a process that resolves the default image with this agent, and uses it until killed.
     */
    static HalfWayProcess using(Path home, String agent) throws IOException {
        return HalfWayProcess.start(StoreProcess.class, "use", home.toString(), agent);
    }

    /** Runs in the process. */
    public static void main(String[] arguments) throws Exception {
        Path home = Path.of(arguments[1]);
        FakeBuilders builders = new FakeBuilders();
        if (arguments[0].equals("build")) {
            builders.halfWay = StoreProcess::pause;
            new GuestAssetStore(home, null, builders).resolve("default", line -> {});
        } else {
            builders.agent = arguments[2];
            new GuestAssetStore(home, null, builders).resolve("default", line -> {});
            pause();
        }
    }

    private static void pause() throws IOException {
        HalfWayProcess.halfWay();
        HalfWayProcess.awaitContinue();
    }
}
