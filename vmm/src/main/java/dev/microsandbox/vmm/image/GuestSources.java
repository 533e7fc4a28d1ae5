package dev.microsandbox.vmm.image;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/**
 * What guests are built from: files of {@code src/main/guest}, which travel in this module's jar. A
 * jar cannot be listed reliably, so they are named here; a test holds the lists equal to the
 * directory.
 */
final class GuestSources {

    static final List<String> KERNEL =
            List.of(
                    "kernel/build.sh",
                    "kernel/microvm.config",
                    "kernel/patches/0001-no-int3-self-test-in-a-guest.patch",
                    "kernel/patches/0002-drop-fpu-state-without-fwait.patch",
                    "kernel/patches/0003-system-call-by-fetch-fault.patch",
                    "kernel/patches/0004-qemu-tcg-clocks.patch",
                    "kernel/patches/0005-slab-caches-out-of-sysfs.patch");

    /** What a tree is made with, besides the recipe. */
    static final List<String> TREE = List.of("rootfs/seal.sh", "rootfs/setup.sh", "rootfs/tree.sh");

    /** What a root file system is made with, besides its tree, the agent and the runners. */
    static final List<String> ROOTFS = List.of("rootfs/image.sh");

    static final String DEFAULT_RECIPE = "rootfs/default.recipe";

    /** Its tests stay behind. */
    static final List<String> AGENT =
            List.of(
                    "agent/Makefile",
                    "agent/arguments.c",
                    "agent/arguments.h",
                    "agent/cgroup.c",
                    "agent/cgroup.h",
                    "agent/child.c",
                    "agent/child.h",
                    "agent/configure.c",
                    "agent/connection.c",
                    "agent/connection.h",
                    "agent/console.c",
                    "agent/console.h",
                    "agent/environment.c",
                    "agent/environment.h",
                    "agent/exec.c",
                    "agent/exit_result.c",
                    "agent/exit_result.h",
                    "agent/file_list.c",
                    "agent/file_place.c",
                    "agent/file_read.c",
                    "agent/file_remove.c",
                    "agent/file_worker.c",
                    "agent/file_worker.h",
                    "agent/file_write.c",
                    "agent/files.c",
                    "agent/frame.c",
                    "agent/frame.h",
                    "agent/hostname.c",
                    "agent/hostname.h",
                    "agent/identity.c",
                    "agent/identity.h",
                    "agent/info.c",
                    "agent/input.c",
                    "agent/input.h",
                    "agent/interpreters.c",
                    "agent/interpreters.h",
                    "agent/job_gap.c",
                    "agent/job_gap.h",
                    "agent/job_log.c",
                    "agent/job_log.h",
                    "agent/job_log_worker.c",
                    "agent/job_log_worker.h",
                    "agent/job_read.c",
                    "agent/job_start.c",
                    "agent/jobs.c",
                    "agent/jobs.h",
                    "agent/language.c",
                    "agent/language.h",
                    "agent/log_worker.c",
                    "agent/log_worker.h",
                    "agent/logfile.c",
                    "agent/logfile.h",
                    "agent/loop.c",
                    "agent/loop.h",
                    "agent/main.c",
                    "agent/manifest.c",
                    "agent/manifest.h",
                    "agent/memory_kill.c",
                    "agent/memory_kill.h",
                    "agent/mounts.c",
                    "agent/mounts.h",
                    "agent/namespace.c",
                    "agent/namespace.h",
                    "agent/operations.c",
                    "agent/operations.h",
                    "agent/output.c",
                    "agent/output.h",
                    "agent/pipes.c",
                    "agent/pipes.h",
                    "agent/port.c",
                    "agent/port.h",
                    "agent/process.c",
                    "agent/process.h",
                    "agent/protocol.h",
                    "agent/renew.c",
                    "agent/renew.h",
                    "agent/run.c",
                    "agent/runner.c",
                    "agent/runner.h",
                    "agent/runner_control.c",
                    "agent/runner_control.h",
                    "agent/runner_frame.c",
                    "agent/runner_frame.h",
                    "agent/runner_spawn.c",
                    "agent/runner_spawn.h",
                    "agent/settings.c",
                    "agent/settings.h",
                    "agent/shutdown.c",
                    "agent/stream.c",
                    "agent/stream.h",
                    "agent/text.c",
                    "agent/text.h",
                    "agent/upload.c",
                    "agent/upload.h",
                    "agent/version.c",
                    "agent/version.h",
                    "agent/victims.c",
                    "agent/victims.h",
                    "agent/warm.c",
                    "agent/wire.c",
                    "agent/wire.h");

    /** What runners in C have in common. */
    static final List<String> RUNNER_CONTROL =
            List.of("runners/control/control.c", "runners/control/control.h");

    /** The program that runs those of languages that are compiled, or keep nothing. */
    static final List<String> PROGRAM =
            List.of(
                    "runners/program/Makefile",
                    "runners/program/child.c",
                    "runners/program/child.h",
                    "runners/program/main.c",
                    "runners/program/recipe.c",
                    "runners/program/recipe.h",
                    "runners/program/signals.c",
                    "runners/program/signals.h",
                    "runners/program/workshop.c",
                    "runners/program/workshop.h");

    /** The shell runner's program. */
    static final List<String> SHELL =
            List.of(
                    "runners/shell/Makefile",
                    "runners/shell/bash.c",
                    "runners/shell/bash.h",
                    "runners/shell/main.c",
                    "runners/shell/variables.c",
                    "runners/shell/variables.h");

    /** The part of the JavaScript runner that is not JavaScript. */
    static final List<String> NODE_MODULE =
            List.of("runners/javascript/native/Makefile", "runners/javascript/native/openssl.c");

    /** Laid into the image as they are. */
    static final List<String> RUNNERS =
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

    static List<GuestFile> read(List<String> paths) {
        return paths.stream().map(GuestSources::read).toList();
    }

    static GuestFile read(String path) {
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
