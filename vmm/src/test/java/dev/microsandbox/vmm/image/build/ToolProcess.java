package dev.microsandbox.vmm.image.build;

import dev.microsandbox.vmm.HalfWayProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Another process that runs a build tool and can be killed. */
final class ToolProcess {

    private ToolProcess() {}

    /** Starts a process that runs {@code sleep SECONDS} as a build tool. */
    static HalfWayProcess sleeping(Path log, String seconds) throws IOException {
        return HalfWayProcess.start(ToolProcess.class, log.toString(), seconds);
    }

    /** Runs in the process. */
    public static void main(String[] arguments) throws Exception {
        HalfWayProcess.halfWay();
        new ToolRun(Path.of(arguments[0]), line -> {})
                .run("Sleeping", Containment.contain(List.of("sleep", arguments[1])));
    }
}
