package dev.microsandbox.vmm.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Memory whose file becomes shorter. Where HotSpot does not survive that, it kills the process, so
 * the accessors are tried in one of their own.
 */
@Timeout(60)
class MemoryFaultTest {

    @TempDir Path directory;

    /** The interpreter, each compiler, and what a processor without AVX has. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "2 -Xint",
                "3000 -XX:TieredStopAtLevel=1",
                "11000 -XX:-TieredCompilation",
                "11000 -XX:-TieredCompilation -XX:UseAVX=0",
                "2 -Xcomp"
            })
    void everyAccessorThrowsAtOnceAndTheProcessGoesOn(String form) throws Exception {
        List<String> words = Arrays.asList(form.split(" "));
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(words.subList(1, words.size()));
        command.addAll(
                List.of(
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:+UseSerialGC",
                        "-XX:-CreateCoredumpOnCrash",
                        "-XX:ErrorFile=" + directory.resolve("error"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        FaultProcess.class.getName(),
                        directory.toString(),
                        words.getFirst()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(said).contains(FaultProcess.SURVIVED + " 46");
        assertThat(process.exitValue()).isZero();
    }

    @Test
    void othersKnowNothingOfIt() throws Exception {
        try (FileMemory victim = FileMemory.create(directory.resolve("one"), 1 << 20);
                FileMemory other = FileMemory.create(directory.resolve("other"), 1 << 20)) {
            other.memory.putU64(0x8000, 7);
            victim.memory.putU64(0x8000, 7);
            victim.truncate(0x4000);
            assertThat(victim.memory.u64(0)).isZero();
            assertThatExceptionOfType(MemoryFaultException.class)
                    .isThrownBy(() -> victim.memory.u64(0x8000))
                    .withMessageContaining("a file of its snapshot has become shorter");
            assertThat(other.memory.u64(0x8000)).isEqualTo(7);
        }
    }
}
