package dev.microsandbox.mcp.bench.sessions;

import dev.microsandbox.mcp.session.FakeSandbox;
import jdk.jfr.Event;
import jdk.jfr.Name;
import jdk.jfr.Timespan;

/**
 * Commits events as the library does for a sandbox on KVM. By the length of a step, sandboxes and
 * steps can be told apart.
 */
final class FakeEvents {

    private FakeEvents() {}

    /** What all have in common. */
    abstract static class Base extends Event {
        String sandbox = "";
    }

    @Name("dev.microsandbox.SandboxStart")
    static final class SandboxStart extends Base {}

    @Name("dev.microsandbox.MachineStart")
    static final class MachineStart extends Base {}

    @Name("dev.microsandbox.MachineBuild")
    static final class MachineBuild extends Base {
        @Timespan long createVm;
        @Timespan long assemble;
        @Timespan long setState;
    }

    @Name("dev.microsandbox.VcpuStart")
    static final class VcpuStart extends Base {}

    @Name("dev.microsandbox.Checkpoint")
    static final class Checkpoint extends Base {
        @Timespan long take;
    }

    @Name("dev.microsandbox.Restore")
    static final class Restore extends Base {
        @Timespan long open;
        @Timespan long hold;
        @Timespan long pause;
        @Timespan long putBack;
        @Timespan long renew;
    }

    /** A sandbox whose machine is made of a template on KVM, with two vCPUs. */
    static void start(FakeSandbox sandbox) {
        SandboxStart whole = new SandboxStart();
        MachineStart machine = new MachineStart();
        MachineBuild build = new MachineBuild();
        whole.begin();
        machine.begin();
        build.begin();
        build.createVm = millis(sandbox, 100);
        build.assemble = millis(sandbox, 200);
        build.setState = millis(sandbox, 300);
        commit(build, sandbox);
        commit(machine, sandbox);
        commit(new VcpuStart(), sandbox);
        commit(new VcpuStart(), sandbox);
        commit(whole, sandbox);
    }

    static void checkpoint(FakeSandbox sandbox) {
        Checkpoint checkpoint = new Checkpoint();
        checkpoint.take = millis(sandbox, 0);
        commit(checkpoint, sandbox);
    }

    static void restore(FakeSandbox sandbox) {
        Restore restore = new Restore();
        int number = sandbox.restores.get();
        restore.open = (number + 100) * 1_000_000L;
        restore.hold = (number + 200) * 1_000_000L;
        restore.pause = (number + 300) * 1_000_000L;
        restore.putBack = (number + 400) * 1_000_000L;
        restore.renew = (number + 500) * 1_000_000L;
        commit(restore, sandbox);
    }

    private static long millis(FakeSandbox sandbox, int more) {
        return (Integer.parseInt(sandbox.id().substring("fake-".length())) + more) * 1_000_000L;
    }

    private static void commit(Base event, FakeSandbox sandbox) {
        event.sandbox = sandbox.id();
        event.commit();
    }
}
