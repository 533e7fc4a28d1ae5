package dev.microsandbox.vmm.image.build;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.image.source.GuestFile;
import dev.microsandbox.vmm.image.source.GuestSources;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The scripts that make trees and images, where root may not mount, as in most containers. */
class BuildScriptsTest {

    @TempDir Path directory;

    private Path programs;

    @BeforeEach
    void aHostWithoutMounts() throws IOException {
        programs = Files.createDirectory(directory.resolve("programs"));
        program("id", "echo 0");
        program("mount", "exit 32");
        program("umount", "exit 32");
        for (GuestFile file : GuestSources.read(GuestSources.TREE)) {
            file.writeTo(directory);
        }
        for (GuestFile file : GuestSources.read(GuestSources.ROOTFS)) {
            file.writeTo(directory);
        }
    }

    private void program(String name, String script) throws IOException {
        Path file = Files.writeString(programs.resolve(name), "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** Runs a script that prints little, with these programs in place of the host's. */
    private String run(String script, Path... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(directory.resolve(script).toString()));
        for (Path argument : arguments) {
            command.add(argument.toString());
        }
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().merge("PATH", programs.toString(), (old, own) -> own + ":" + old);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return process.waitFor() + " " + output;
    }

    @Test
    void aTreeIsMadeWithoutAMount() throws Exception {
        Path recipe = Files.createDirectory(directory.resolve("recipe"));
        for (String item :
                List.of("packages", "dpkg-options", "mirrors", "environment", "run.sh")) {
            Files.createFile(recipe.resolve(item));
        }
        Files.writeString(recipe.resolve("suite"), "bookworm\n");
        Path out = directory.resolve("tree.tar");
        program("mmdebstrap", "echo tree > '" + out + "'");

        assertThat(run("rootfs/tree.sh", recipe, out)).startsWith("0 ");
        assertThat(out).hasContent("tree");
        assertThat(directory).isDirectoryNotContaining("glob:**system.*");
    }

    @Test
    void anImageIsMadeWithoutAMount() throws Exception {
        Path root = Files.createDirectories(directory.resolve("system"));
        Files.createDirectory(root.resolve("overlay"));
        Files.createDirectory(root.resolve("etc"));
        Path tree = directory.resolve("tree.tar");
        Process tar =
                new ProcessBuilder("tar", "-C", root.toString(), "-cf", tree.toString(), ".")
                        .start();
        assertThat(tar.waitFor()).isZero();
        Path additions = Files.createDirectory(directory.resolve("additions"));
        Files.writeString(additions.resolve("agent"), "agent");
        Path out = directory.resolve("rootfs.erofs");
        program("mkfs.erofs", "for last; do :; done; ls \"$last\" > '" + out + "'");

        assertThat(run("rootfs/image.sh", tree, additions, out)).startsWith("0 ");
        assertThat(out).content().contains("agent", "overlay", "proc");
        assertThat(directory).isDirectoryNotContaining("glob:**root.*");
    }
}
