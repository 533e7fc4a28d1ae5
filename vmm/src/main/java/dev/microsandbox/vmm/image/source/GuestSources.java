package dev.microsandbox.vmm.image.source;

import dev.microsandbox.vmm.ImageException;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/**
 * The files of {@code src/main/guest}, from which guests are built and which are in this module's
 * jar. The contents of a jar cannot be listed reliably, so the files are listed here. A test
 * compares the lists with the directory.
 */
public final class GuestSources {

    public static final List<String> KERNEL =
            List.of(
                    "kernel/build.sh",
                    "kernel/microvm.config",
                    "kernel/patches/0001-no-int3-self-test-in-a-guest.patch",
                    "kernel/patches/0002-drop-fpu-state-without-fwait.patch",
                    "kernel/patches/0003-system-call-by-fetch-fault.patch",
                    "kernel/patches/0004-qemu-tcg-clocks.patch",
                    "kernel/patches/0005-slab-caches-out-of-sysfs.patch");

    /** The scripts that make a tree from a recipe. */
    public static final List<String> TREE =
            List.of("rootfs/seal.sh", "rootfs/setup.sh", "rootfs/tree.sh");

    /** The scripts that make a root file system from a tree, the agent and the runners. */
    public static final List<String> ROOTFS = List.of("rootfs/image.sh");

    public static final String DEFAULT_RECIPE = "rootfs/default.recipe";

    /** The agent, without its tests. */
    public static final List<String> AGENT =
            List.of(
                    "agent/Makefile",
                    "agent/commands/exec.c",
                    "agent/commands/operations.h",
                    "agent/connection/connection.c",
                    "agent/connection/connection.h",
                    "agent/connection/port.c",
                    "agent/connection/port.h",
                    "agent/files/files.c",
                    "agent/files/list.c",
                    "agent/files/operations.h",
                    "agent/files/place.c",
                    "agent/files/read.c",
                    "agent/files/remove.c",
                    "agent/files/worker.c",
                    "agent/files/worker.h",
                    "agent/files/write.c",
                    "agent/jobs/gap.c",
                    "agent/jobs/gap.h",
                    "agent/jobs/jobs.c",
                    "agent/jobs/jobs.h",
                    "agent/jobs/log.c",
                    "agent/jobs/log.h",
                    "agent/jobs/log_worker.c",
                    "agent/jobs/log_worker.h",
                    "agent/jobs/operations.h",
                    "agent/jobs/read.c",
                    "agent/jobs/start.c",
                    "agent/languages/language.c",
                    "agent/languages/language.h",
                    "agent/languages/manifest.c",
                    "agent/languages/manifest.h",
                    "agent/languages/version.c",
                    "agent/languages/version.h",
                    "agent/loop/child.c",
                    "agent/loop/child.h",
                    "agent/loop/console.c",
                    "agent/loop/console.h",
                    "agent/loop/loop.c",
                    "agent/loop/loop.h",
                    "agent/machine/configure.c",
                    "agent/machine/identity.c",
                    "agent/machine/identity.h",
                    "agent/machine/info.c",
                    "agent/machine/operations.h",
                    "agent/machine/renew.c",
                    "agent/machine/renew.h",
                    "agent/machine/shutdown.c",
                    "agent/main.c",
                    "agent/processes/environment.c",
                    "agent/processes/environment.h",
                    "agent/processes/exit_result.c",
                    "agent/processes/exit_result.h",
                    "agent/processes/pipes.c",
                    "agent/processes/pipes.h",
                    "agent/processes/process.c",
                    "agent/processes/process.h",
                    "agent/protocol/arguments.c",
                    "agent/protocol/arguments.h",
                    "agent/protocol/frame.c",
                    "agent/protocol/frame.h",
                    "agent/protocol/hostname.c",
                    "agent/protocol/hostname.h",
                    "agent/protocol/protocol.h",
                    "agent/protocol/text.c",
                    "agent/protocol/text.h",
                    "agent/protocol/wire.c",
                    "agent/protocol/wire.h",
                    "agent/runners/call.c",
                    "agent/runners/call.h",
                    "agent/runners/control.c",
                    "agent/runners/control.h",
                    "agent/runners/frame.c",
                    "agent/runners/frame.h",
                    "agent/runners/inspect.c",
                    "agent/runners/interpreters.c",
                    "agent/runners/interpreters.h",
                    "agent/runners/life.c",
                    "agent/runners/life.h",
                    "agent/runners/operations.h",
                    "agent/runners/output.c",
                    "agent/runners/output.h",
                    "agent/runners/reset.c",
                    "agent/runners/run.c",
                    "agent/runners/runner.c",
                    "agent/runners/runner.h",
                    "agent/runners/spawn.c",
                    "agent/runners/spawn.h",
                    "agent/runners/stop.c",
                    "agent/runners/stop.h",
                    "agent/runners/upload.c",
                    "agent/runners/upload.h",
                    "agent/runners/warm.c",
                    "agent/sandbox/cgroup.c",
                    "agent/sandbox/cgroup.h",
                    "agent/sandbox/memory_kill.c",
                    "agent/sandbox/memory_kill.h",
                    "agent/sandbox/mounts.c",
                    "agent/sandbox/mounts.h",
                    "agent/sandbox/namespace.c",
                    "agent/sandbox/namespace.h",
                    "agent/sandbox/settings.c",
                    "agent/sandbox/settings.h",
                    "agent/sandbox/victims.c",
                    "agent/sandbox/victims.h",
                    "agent/streams/input.c",
                    "agent/streams/input.h",
                    "agent/streams/log_worker.c",
                    "agent/streams/log_worker.h",
                    "agent/streams/logfile.c",
                    "agent/streams/logfile.h",
                    "agent/streams/output.c",
                    "agent/streams/output.h",
                    "agent/streams/stream.c",
                    "agent/streams/stream.h");

    /** What the runners written in C share. */
    public static final List<String> RUNNER_CONTROL =
            List.of("runners/control/control.c", "runners/control/control.h");

    /** The runner of languages that are compiled, or that keep no state between calls. */
    public static final List<String> PROGRAM =
            List.of(
                    "runners/program/Makefile",
                    "runners/program/call_directory.c",
                    "runners/program/call_directory.h",
                    "runners/program/child.c",
                    "runners/program/child.h",
                    "runners/program/main.c",
                    "runners/program/recipe.c",
                    "runners/program/recipe.h",
                    "runners/program/signals.c",
                    "runners/program/signals.h");

    /** The runner of the shell. */
    public static final List<String> SHELL =
            List.of(
                    "runners/shell/Makefile",
                    "runners/shell/bash.c",
                    "runners/shell/bash.h",
                    "runners/shell/main.c",
                    "runners/shell/variables.c",
                    "runners/shell/variables.h");

    /** The native part of the JavaScript runner. */
    public static final List<String> NODE_MODULE =
            List.of("runners/javascript/native/Makefile", "runners/javascript/native/openssl.c");

    /** Files that are copied into the image unchanged. */
    public static final List<String> RUNNERS =
            List.of(
                    "runners/c/manifest",
                    "runners/cpp/manifest",
                    "runners/go/manifest",
                    "runners/java/manifest",
                    "runners/javascript/lib/control.js",
                    "runners/javascript/lib/errors.js",
                    "runners/javascript/lib/evaluator.js",
                    "runners/javascript/lib/imports.js",
                    "runners/javascript/lib/interrupter.js",
                    "runners/javascript/lib/interrupts.js",
                    "runners/javascript/lib/pending.js",
                    "runners/javascript/lib/random.js",
                    "runners/javascript/lib/redeclare.js",
                    "runners/javascript/lib/renewal.js",
                    "runners/javascript/lib/runner.js",
                    "runners/javascript/lib/streams.js",
                    "runners/javascript/lib/tokens.js",
                    "runners/javascript/lib/values.js",
                    "runners/javascript/lib/variables.js",
                    "runners/javascript/main.js",
                    "runners/javascript/manifest",
                    "runners/javascript/start.sh",
                    "runners/python/main.py",
                    "runners/python/manifest",
                    "runners/python/microsandbox_runner/__init__.py",
                    "runners/python/microsandbox_runner/bundles.py",
                    "runners/python/microsandbox_runner/control.py",
                    "runners/python/microsandbox_runner/event_loop.py",
                    "runners/python/microsandbox_runner/figures.py",
                    "runners/python/microsandbox_runner/handlers.py",
                    "runners/python/microsandbox_runner/imports.py",
                    "runners/python/microsandbox_runner/interrupts.py",
                    "runners/python/microsandbox_runner/ipython_engine.py",
                    "runners/python/microsandbox_runner/lazy.py",
                    "runners/python/microsandbox_runner/loop.py",
                    "runners/python/microsandbox_runner/matplotlib_backend.py",
                    "runners/python/microsandbox_runner/outcome.py",
                    "runners/python/microsandbox_runner/plain_engine.py",
                    "runners/python/microsandbox_runner/prompts.py",
                    "runners/python/microsandbox_runner/renewal.py",
                    "runners/python/microsandbox_runner/repair.py",
                    "runners/python/microsandbox_runner/sources.py",
                    "runners/python/microsandbox_runner/spawning.py",
                    "runners/python/microsandbox_runner/streams.py",
                    "runners/python/microsandbox_runner/tracebacks.py",
                    "runners/python/microsandbox_runner/variables.py",
                    "runners/r/manifest",
                    "runners/ruby/manifest",
                    "runners/shell/manifest",
                    "runners/typescript/compile.sh",
                    "runners/typescript/manifest");

    private GuestSources() {}

    public static List<GuestFile> read(List<String> paths) {
        return paths.stream().map(GuestSources::read).toList();
    }

    public static GuestFile read(String path) {
        try (InputStream in = GuestSources.class.getResourceAsStream("/guest/" + path)) {
            if (in == null) {
                throw new ImageException(
                        "This installation is incomplete: guest/" + path + " is not in its jar");
            }
            return new GuestFile(path, path.endsWith(".sh"), in.readAllBytes());
        } catch (IOException e) {
            throw ImageException.of("Reading guest/" + path + " from the jar", e);
        }
    }
}
