package dev.microsandbox.mcp.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.command.Terminal;
import dev.microsandbox.mcp.session.FakeFactory;
import dev.microsandbox.mcp.session.FakeSandbox;
import dev.microsandbox.vmm.Exit;
import dev.microsandbox.vmm.MemoryVictim;
import dev.microsandbox.vmm.MimeBundle;
import dev.microsandbox.vmm.MimeBundle.Representation;
import dev.microsandbox.vmm.RunResult;
import dev.microsandbox.vmm.RunResult.Outcome;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProgramTest {

    @TempDir Path home;

    private final FakeFactory factory = new FakeFactory();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private String input = "";

    @Test
    void runPrintsAsItComesAndTheResult() {
        factory.prepare(
                sandbox ->
                        sandbox.onRun(
                                (request, listener) -> {
                                    listener.stdout(request.code().getBytes(UTF_8));
                                    listener.stderr("warning\n".getBytes(UTF_8));
                                    listener.display(
                                            new MimeBundle(
                                                    List.of(
                                                            new Representation(
                                                                    "image/png",
                                                                    new byte[35_000]))));
                                    listener.result(
                                            new MimeBundle(
                                                    List.of(
                                                            new Representation(
                                                                    "text/plain",
                                                                    "42".getBytes(UTF_8)))));
                                    return FakeSandbox.finished();
                                }));
        assertThat(msb("run", "print(6*7)\n")).isZero();
        assertThat(out.toString(UTF_8)).isEqualTo("print(6*7)\n[image/png, 34.2 KiB]\n42\n");
        assertThat(err.toString(UTF_8)).isEqualTo("warning\n");
        assertThat(factory.last().isClosed()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "a.py, python",
        "b.mjs, javascript",
        "c.sh, shell",
        "d.txt, python",
        "e.cc, cpp",
        "f.R, r"
    })
    void runTakesAFilesLanguageFromItsName(String name, String language) throws IOException {
        Path file = Files.writeString(home.resolve(name), "content");
        echoLanguageAndCode();
        assertThat(msb("run", file.toString())).isZero();
        assertThat(out.toString(UTF_8)).isEqualTo(language + ":content");
    }

    @Test
    void runReadsCodeFromStandardInput() {
        input = "from stdin";
        echoLanguageAndCode();
        assertThat(msb("run", "-l", "shell", "-")).isZero();
        assertThat(out.toString(UTF_8)).isEqualTo("shell:from stdin");
    }

    @Test
    void runEndsWithTheCodesStatus() {
        end(
                new RunResult(
                        FakeSandbox.running(),
                        Outcome.FINISHED,
                        RunResult.State.KEPT,
                        RunResult.Interpreter.NEW,
                        "",
                        "",
                        3));
        assertThat(msb("run", "x")).isEqualTo(3);
        end(
                new RunResult(
                        FakeSandbox.running(),
                        Outcome.ERROR,
                        RunResult.State.KEPT,
                        RunResult.Interpreter.NEW,
                        "E",
                        "bad",
                        1));
        assertThat(msb("run", "x")).isEqualTo(1);
        assertThat(err.toString(UTF_8)).isEqualTo("E: bad\n");
        end(
                new RunResult(
                        exit(7, false),
                        Outcome.INTERPRETER_ENDED,
                        RunResult.State.LOST,
                        RunResult.Interpreter.NEW,
                        "",
                        "",
                        1));
        assertThat(msb("run", "x")).isEqualTo(7);
        end(
                new RunResult(
                        exit(0, true),
                        Outcome.INTERRUPTED,
                        RunResult.State.KEPT,
                        RunResult.Interpreter.NEW,
                        "",
                        "",
                        1));
        assertThat(msb("run", "--timeout", "2s", "x")).isEqualTo(124);
    }

    @Test
    void execPassesInputAndTheExitCodeOn() {
        input = "hello";
        factory.prepare(
                sandbox ->
                        sandbox.onExec(
                                (request, listener) -> {
                                    assertThat(request.command()).containsExactly("wc", "-c");
                                    assertThat(request.directory()).isEqualTo("/tmp");
                                    listener.stdout(request.stdin());
                                    return exit(3, false);
                                }));
        assertThat(msb("exec", "--cwd", "/tmp", "--", "wc", "-c")).isEqualTo(3);
        assertThat(out.toString(UTF_8)).isEqualTo("hello");
        assertThat(msb("exec", "--cwd", "/tmp", "wc", "-c")).isEqualTo(3);
    }

    @Test
    void execsTimeOutIs124() {
        factory.prepare(
                sandbox ->
                        sandbox.onExec(
                                (request, listener) -> {
                                    assertThat(request.timeout()).isEqualTo(Duration.ofSeconds(1));
                                    return new Exit(
                                            Exit.Kind.SIGNALED,
                                            15,
                                            true,
                                            0,
                                            MemoryVictim.UNKNOWN,
                                            Duration.ofSeconds(1),
                                            0,
                                            0,
                                            "");
                                }));
        assertThat(msb("exec", "--timeout", "1s", "--", "sleep", "9")).isEqualTo(124);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '`',
            value = {
                "sreve ~ there is no command 'sreve'. 'msb --help' shows what there is.",
                "`` ~ there is no command ''. 'msb --help' shows what there is.",
                "run ~ Missing required parameter: 'CODE|FILE|-'. 'msb run --help' shows what there is.",
                "serve --prot 1 ~ Unknown options: '--prot', '1'. 'msb serve --help' shows what there is.",
                "run --timeout soon x ~ --timeout must be a number and a unit: ms, s, m, h or d, for example 30s, 15m, 8h or 30d, not \"soon\". 'msb run --help' shows what there is.",
                "key ~ a command is missing: create, list, revoke. 'msb key --help' shows what there is.",
                "key create ~ Missing required option: '--namespace=NAME'. 'msb key create --help' shows what there is."
            })
    void aWrongCommandLineIsOneLineAndExitCode2(String line, String message) {
        assertThat(msb(line.split(" ", -1))).isEqualTo(2);
        assertThat(err.toString(UTF_8)).isEqualTo("msb: " + message + "\n");
        assertThat(out.size()).isZero();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '`',
            value = {
                "config --port high ~ --port: port must be a whole number from 0 to 65535, not \"high\"",
                "key create --namespace A ~ 'A' is no namespace name",
                "key create --namespace a --expires soon ~ --expires must be a number and a unit",
                "bench sessions --only idle,all ~ --only must be some of first-answer, clone, rollback, memory, checkpoint, rate, idle, with commas, not \"idle,all\"",
                "bench sessions --sessions-memory much ~ --sessions-memory must be a number and a unit: K, M, G or T",
                "bench sessions --runs 0 ~ --runs must be a whole number from 1 to 1000, not \"0\"",
                "bench sessions --boots few ~ --boots must be a whole number from 1 to 1000, not \"few\"",
                "key revoke nosuchid ~ there is no key nosuchid; 'msb key list' shows those there are.",
                "serve --host 0.0.0.0 ~ Refusing to listen on 0.0.0.0 without an API key",
                "image build --recipe r.txt ~ an image with a recipe or languages of its own needs a name: add --name NAME.",
                "image build --with go ~ an image with a recipe or languages of its own needs a name: add --name NAME.",
                "image build --with go,cobol --name mine ~ 'cobol' is not a language; there are c, cpp, go, java,",
                "image build --with go,r --recipe r.txt --name mine ~ --with adds to the default image. In a recipe write: language go r"
            })
    void anErrorIsOneLineAndExitCode1(String line, String message) {
        assertThat(msb(line.split(" ", -1))).isEqualTo(1);
        assertThat(err.toString(UTF_8)).startsWith("msb: " + message);
        assertThat(err.toString(UTF_8).lines()).hasSize(1);
    }

    @Test
    void aBenchmarkTouchesNoTemplatesOfSandboxes() {
        assertThat(msb("bench", "sessions", "--templates", home + "/templates")).isEqualTo(1);
        assertThat(err.toString(UTF_8)).contains("--templates must not be where sandboxes have");
    }

    @Test
    void aStartThatFailsIsOneLine() {
        factory.failWith("qemu-system-x86_64 is not there");
        assertThat(msb("run", "x")).isEqualTo(1);
        assertThat(err.toString(UTF_8)).isEqualTo("msb: qemu-system-x86_64 is not there\n");
    }

    @Test
    void keysAreMadeListedAndRevoked() {
        assertThat(msb("key", "create", "--namespace", "team-a", "--expires", "30d")).isZero();
        String token = out.toString(UTF_8).strip();
        assertThat(token).startsWith("msb_");
        assertThat(err.toString(UTF_8)).contains("It is shown this once").doesNotContain(token);
        String id = token.split("_", -1)[1];

        out.reset();
        assertThat(msb("key", "list")).isZero();
        assertThat(out.toString(UTF_8))
                .matches("(?s)" + id + " +team-a +\\S+Z  expires \\S+Z\n")
                .doesNotContain(token);

        assertThat(msb("key", "revoke", id)).isZero();
        out.reset();
        assertThat(msb("key", "list")).isZero();
        assertThat(out.toString(UTF_8)).contains("revoked ");
    }

    @Test
    void namespacesAreListedShownAndChecked() throws IOException {
        Path directory = Files.createDirectories(home.resolve("namespaces"));
        Path file = Files.writeString(directory.resolve("team-a.yaml"), "cpus: 2\n");
        assertThat(msb("key", "create", "--namespace", "team-b")).isZero();
        out.reset();
        assertThat(msb("namespace", "list")).isZero();
        assertThat(out.toString(UTF_8).lines().map(line -> line.replaceAll(" +", " ")))
                .containsExactly("team-a 0 keys cpus=2", "team-b 1 key no settings of its own");

        out.reset();
        assertThat(msb("namespace", "show", "team-a")).isZero();
        assertThat(out.toString(UTF_8)).containsPattern("cpus: 2 +# " + file + ":1");
        assertThat(msb("namespace", "show", "Team A")).isEqualTo(1);
        assertThat(err.toString(UTF_8)).contains("'Team A' is no namespace name");

        err.reset();
        assertThat(msb("namespace", "check")).isZero();
        assertThat(err.toString(UTF_8)).contains("the settings of 1 namespace are right");
        Files.writeString(file, "cpus: 0\n");
        Files.writeString(directory.resolve("team-b.yaml"), "\nquota: {cpus: -1}\n");
        err.reset();
        assertThat(msb("namespace", "check")).isEqualTo(1);
        assertThat(err.toString(UTF_8)).contains("team-a.yaml:1").contains("team-b.yaml:2");
    }

    @Test
    void configPrintsWhatIsInForce() {
        assertThat(msb("config", "--dev-mode", "--sandbox-memory", "1G")).isZero();
        assertThat(out.toString(UTF_8).lines().map(line -> line.replaceAll(" +#", " #")))
                .contains(
                        "# home: " + home + " # MICROSANDBOX_HOME",
                        "dev_mode: true # --dev-mode",
                        "  memory: 1G # --sandbox-memory");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--help",
                "serve --help",
                "stdio --help",
                "run --help",
                "exec --help",
                "image --help",
                "image build --help",
                "key create --help",
                "doctor --help",
                "config --help",
                "bench startup --help",
                "bench sessions --help"
            })
    void helpGoesToStandardOutput(String line) {
        assertThat(msb(line.split(" ", -1))).isZero();
        assertThat(out.toString(UTF_8)).startsWith("Usage: msb");
        assertThat(err.size()).isZero();
    }

    @Test
    void helpNamesEveryCommand() {
        msb("--help");
        assertThat(out.toString(UTF_8))
                .contains(
                        "serve", "stdio", "run", "exec", "image", "key", "doctor", "config",
                        "bench");
    }

    @Test
    void aPortInUseIsSaidInWords() throws IOException {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(other.getLocalPort());
            assertThat(msb("serve", "--dev-mode", "true", "--port", port)).isEqualTo(1);
            assertThat(err.toString(UTF_8)).startsWith("msb: Cannot listen on 127.0.0.1:" + port);
        }
    }

    @Test
    void aFileInTheHomesPlaceIsSaidInWords() throws IOException {
        Files.writeString(home.resolve("namespaces"), "");
        assertThat(msb("key", "create", "--namespace", "a")).isEqualTo(1);
        assertThat(err.toString(UTF_8))
                .isEqualTo("msb: " + home.resolve("namespaces") + " is in the way\n");
    }

    @Test
    void helpNamesTheLanguagesThatAnImageCanBeBuiltWith() throws IOException {
        List<String> guide =
                Pattern.compile("`--with (\\w+)`")
                        .matcher(Files.readString(Path.of("../docs/guest-images.md")))
                        .results()
                        .map(row -> row.group(1))
                        .toList();
        msb("image", "build", "--help");
        assertThat(out.toString(UTF_8).replaceAll("\\s+", " "))
                .contains("default image: " + String.join(", ", guide) + ".");
    }

    @Test
    void tellsItsVersion() {
        assertThat(msb("--version")).isZero();
        assertThat(out.toString(UTF_8)).startsWith("msb ");
    }

    private int msb(String... args) {
        Map<String, String> environment = new HashMap<>();
        environment.put("MICROSANDBOX_HOME", home.toString());
        Terminal terminal =
                new Terminal(
                        new ByteArrayInputStream(input.getBytes(UTF_8)),
                        out,
                        new PrintStream(err, true, UTF_8),
                        environment,
                        false);
        return new Program(terminal, (config, progress) -> factory).run(args);
    }

    private void echoLanguageAndCode() {
        factory.prepare(
                sandbox ->
                        sandbox.onRun(
                                (request, listener) -> {
                                    String text = request.language() + ":" + request.code();
                                    listener.stdout(text.getBytes(UTF_8));
                                    return FakeSandbox.finished();
                                }));
    }

    private void end(RunResult result) {
        factory.prepare(sandbox -> sandbox.onRun((request, listener) -> result));
    }

    private static Exit exit(int code, boolean timedOut) {
        return new Exit(
                Exit.Kind.EXITED,
                code,
                timedOut,
                0,
                MemoryVictim.UNKNOWN,
                Duration.ofSeconds(1),
                0,
                0,
                "");
    }
}
