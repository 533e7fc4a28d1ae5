package dev.microsandbox.vmm.snapshot;

import dev.microsandbox.vmm.kvm.Kvm;
import dev.microsandbox.vmm.launch.InheritedLauncher;
import dev.microsandbox.vmm.launch.LaunchException;
import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.linux.OpenFile;
import dev.microsandbox.vmm.memory.GuestMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A worker that uses what its launcher does for it, and writes what happened. */
final class LinkingWorker {

    private LinkingWorker() {}

    /**
     * Arguments: the directory of its namespace, a template, and a file that is not to be linked.
     */
    public static void main(String[] arguments) throws Exception {
        Path sessions = Path.of(arguments[0], "sessions");
        Path template = Path.of(arguments[1]);
        List<String> lines = new ArrayList<>();
        lines.add("kvm: " + kvm());
        saveChanges(template, sessions.resolve("one"));
        // The files that both share belong to the launcher's user still.
        saveChanges(sessions.resolve("one"), sessions.resolve("two"));
        lines.add("other file: " + link(Path.of(arguments[2]), "x"));
        Path memory = template.resolve("memory.0");
        for (String name : List.of("", ".", "..", "../run/x", "/tmp/x", ".x", "a/b")) {
            lines.add("name " + name + ": " + link(memory, name));
        }
        lines.add("twice: " + link(memory, "y") + ", " + link(memory, "y"));
        Files.write(sessions.resolve("result"), lines);
    }

    private static String kvm() {
        try (Kvm kvm = Kvm.open(Kvm.DEVICE)) {
            return "version " + kvm.apiVersion();
        } catch (LinuxException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private static void saveChanges(Path from, Path to) throws IOException {
        try (Snapshot base = Snapshot.open(from, States.HERE);
                GuestMemory memory = GuestMemory.copyOf(base.memory());
                SnapshotWriter writer = SnapshotWriter.beginChanges(to, base)) {
            memory.putU64(0x5000, memory.u64(0x5000) + 1);
            writer.take(memory, States.state(1));
            writer.snapshot().close();
            writer.finish();
        }
    }

    private static String link(Path from, String name) throws IOException, InterruptedException {
        try (OpenFile file = OpenFile.readOnly(from)) {
            return "linked as " + InheritedLauncher.link(file.descriptor(), name).orElseThrow();
        } catch (LaunchException e) {
            return String.valueOf(e.getMessage());
        }
    }
}
