package dev.microsandbox.mcp.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a sandbox writes reaches a terminal as text, and a pipe or a file as it is. */
@Timeout(60)
class TerminalTest {

    private static final String OUTPUT = "a\u001b[2Jb\u001b]0;owned\u0007c\rd\u009b1Ae\n";
    private static final String SHOWN = "abc\nde\n";

    @TempDir Path directory;

    /** Writes as a command does whose sandbox writes. */
    static final class Writer {

        public static void main(String[] args) throws IOException {
            Terminal terminal = Terminal.ofProcess();
            terminal.out().write(OUTPUT.getBytes(UTF_8));
            byte[] error = OUTPUT.getBytes(UTF_8);
            terminal.err().write(error, 0, error.length);
            terminal.err().flush();
        }
    }

    private static List<String> writer() {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Writer.class.getName());
    }

    @Test
    void aPipeAndAFileGetTheBytes() throws Exception {
        Path file = directory.resolve("err");
        Process process = new ProcessBuilder(writer()).redirectError(file.toFile()).start();
        assertThat(new String(process.getInputStream().readAllBytes(), UTF_8)).isEqualTo(OUTPUT);
        assertThat(process.waitFor()).isZero();
        assertThat(Files.readString(file)).isEqualTo(OUTPUT);
    }

    @Test
    void aTerminalGetsText() throws Exception {
        assertThat(onTerminal("")).isEqualTo(SHOWN + SHOWN);
    }

    @Test
    void eachStreamCountsForItself() throws Exception {
        Path file = directory.resolve("out");
        assertThat(onTerminal(" >" + file)).isEqualTo(SHOWN);
        assertThat(Files.readString(file)).isEqualTo(OUTPUT);
    }

    /** What the terminal of the writer gets, without the carriage returns of the terminal's own. */
    private static String onTerminal(String redirection) throws Exception {
        Assumptions.assumeTrue(
                Files.isExecutable(Path.of("/usr/bin/script")),
                "skipped: this host has no script(1), which makes a terminal");
        String command = "'" + String.join("' '", writer()) + "'" + redirection;
        Process process =
                new ProcessBuilder("/usr/bin/script", "-qec", command, "/dev/null")
                        .redirectInput(Path.of("/dev/null").toFile())
                        .start();
        String shown = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(shown).isZero();
        return shown.replace("\r\n", "\n");
    }

    @Test
    void aDeviceIsATerminalUnlessItIsOneOfMemory() throws IOException {
        assertThat(Terminal.isDevice(Path.of("/dev/ptmx"))).isTrue();
        assertThat(Terminal.isDevice(Path.of("/dev/null"))).isFalse();
        assertThat(Terminal.isDevice(Files.createFile(directory.resolve("file")))).isFalse();
    }
}
