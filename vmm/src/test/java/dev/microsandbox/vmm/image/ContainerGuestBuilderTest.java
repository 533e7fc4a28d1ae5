package dev.microsandbox.vmm.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * docker/Dockerfile compiles a part of this module by itself, so that a change of other code builds
 * no guest anew. That part must be all that it needs.
 */
class ContainerGuestBuilderTest {

    private static final Path REPOSITORY = Path.of("..").toAbsolutePath().normalize();

    @TempDir private Path directory;

    @Test
    void theContainersPartOfTheSourceCompiles() throws Exception {
        String stage = stage("guest-builder");
        List<String> copied =
                Pattern.compile("(?m)^COPY (\\S+) \\S+$")
                        .matcher(stage)
                        .results()
                        .map(copy -> copy.group(1))
                        .toList();
        assertThat(copied).as(stage).isNotEmpty();
        for (String source : copied) {
            copy(REPOSITORY.resolve(source), directory.resolve(source));
        }
        Path log = directory.resolve("log");

        Process compiler =
                new ProcessBuilder("sh", "-c", compileCommand(stage))
                        .directory(directory.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();

        assertThat(compiler.waitFor()).as(Files.readString(log)).isZero();
        assertThat(directory.resolve("classes/dev/microsandbox/vmm/image/InstallationAssets.class"))
                .exists();
    }

    /** The instructions of a stage, each on one line. */
    private static String stage(String name) throws IOException {
        String file = Files.readString(REPOSITORY.resolve("docker/Dockerfile"));
        Matcher stage =
                Pattern.compile("(?s)\\nFROM \\S+ AS " + name + "\\n(.*?)(?=\\nFROM |\\z)")
                        .matcher(file);
        assertThat(stage.find()).as(name).isTrue();
        return stage.group(1).replaceAll("\\\\\\n\\s*", "");
    }

    /** What the container runs, with the directories and the library of this host. */
    private String compileCommand(String stage) throws Exception {
        List<MatchResult> commands =
                Pattern.compile("(?m)^RUN (javac .*)$").matcher(stage).results().toList();
        assertThat(commands).as(stage).hasSize(1);
        Path annotations =
                Path.of(
                        NullMarked.class
                                .getProtectionDomain()
                                .getCodeSource()
                                .getLocation()
                                .toURI());
        return commands.getFirst()
                .group(1)
                .replace("javac ", "'" + System.getProperty("java.home") + "/bin/javac' ")
                .replace("/guest-builder", "classes")
                .replace("/libraries/*", annotations.toString());
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path target = from.equals(file) ? to : to.resolve(from.relativize(file));
                Files.createDirectories(target.getParent());
                Files.copy(file, target);
            }
        }
    }
}
