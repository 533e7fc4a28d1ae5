package dev.microsandbox.mcp.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microsandbox.vmm.SandboxConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigSourcesTest {

    private static final Map<String, String> NONE = Map.of();

    @TempDir Path home;
    private Path file;

    private static final QuotaConfig NO_QUOTA =
            new QuotaConfig(
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty());

    @BeforeEach
    void setFile() {
        file = home.resolve("config.yaml");
    }

    @Test
    void hasTheDocumentedDefaults() {
        ServerConfig config = read(NONE, NONE);
        assertThat(config.home()).isEqualTo(home);
        assertThat(config.http())
                .isEqualTo(
                        new HttpConfig(
                                "127.0.0.1",
                                5555,
                                false,
                                HttpConfig.KeylessCallers.AUTO,
                                Set.of(),
                                Set.of(),
                                Set.of()));
        assertThat(config.workers()).isEqualTo(WorkersMode.AUTO);
        assertThat(config.limits()).isEqualTo(new LimitsConfig(4, 8L << 30));
        assertThat(config.sandbox()).isEqualTo(SandboxConfig.DEFAULT);
        assertThat(config.ofAll().session())
                .isEqualTo(new SessionConfig(Duration.ofMinutes(15), Duration.ofHours(8), true));
        assertThat(config.ofAll().checkpoints()).isEqualTo(new CheckpointConfig(20, 4L << 30));
        assertThat(config.pool()).isEqualTo(new PoolConfig(1, 4));
        assertThat(config.run()).isEqualTo(new RunConfig(Duration.ofSeconds(30), List.of()));
        assertThat(config.of("default").quota()).isEqualTo(NO_QUOTA);
    }

    @Test
    void aPoolIsNotLargerThanItMayBe() {
        assertThat(read(Map.of("MICROSANDBOX_POOL_MAX", "0"), NONE).pool())
                .isEqualTo(new PoolConfig(0, 0));
        assertThatThrownBy(() -> read(Map.of("MICROSANDBOX_POOL_SIZE", "5"), NONE))
                .isInstanceOf(ConfigException.class)
                .hasMessage(
                        "MICROSANDBOX_POOL_SIZE: pool.size is 5, more than pool.max (4, default)");
    }

    @Test
    void theLaterSourceWins() throws IOException {
        Files.writeString(file, "port: 1\nhost: one\nsandbox:\n  cpus: 2\n");
        ServerConfig config =
                read(
                        Map.of("MICROSANDBOX_PORT", "2", "MICROSANDBOX_HOST", "two"),
                        Map.of("--port", "3"));
        assertThat(config.http().port()).isEqualTo(3);
        assertThat(config.http().host()).isEqualTo("two");
        assertThat(config.sandbox().cpus()).isEqualTo(2);
    }

    @Test
    void timesToStartAreThisHostsUnlessSet() throws IOException {
        assertThat(read(NONE, NONE).sandbox().startTimeout()).isNull();
        assertThat(read(NONE, NONE).sandbox().interpreterTimeout()).isNull();
        Files.writeString(file, "sandbox: {start_timeout: 90s, interpreter_timeout: Auto}\n");
        SandboxConfig sandbox =
                read(NONE, Map.of("--sandbox-interpreter-timeout", "10m")).sandbox();
        assertThat(sandbox.startTimeout()).isEqualTo(Duration.ofSeconds(90));
        assertThat(sandbox.interpreterTimeout()).isEqualTo(Duration.ofMinutes(10));
        assertThat(read(NONE, NONE).sandbox().interpreterTimeout()).isNull();
    }

    private Path namespace(String fileName, String text) throws IOException {
        Path directory = Files.createDirectories(home.resolve("namespaces"));
        return Files.writeString(directory.resolve(fileName), text);
    }

    @Test
    void theTimeZoneIsThatOfTheEnvironmentUnlessSet() throws IOException {
        assertThat(read(NONE, NONE).sandbox().timeZone()).isEqualTo("UTC");
        Map<String, String> zurich = Map.of("TZ", "Europe/Zurich");
        assertThat(read(zurich, NONE).sandbox().timeZone()).isEqualTo("Europe/Zurich");
        Files.writeString(file, "sandbox:\n  time_zone: Asia/Tokyo\n");
        assertThat(read(zurich, NONE).sandbox().timeZone()).isEqualTo("Asia/Tokyo");
    }

    @Test
    void aTzThatIsNoNameIsWarnedOf() {
        EffectiveConfig config = ConfigSources.read(Map.of("TZ", ":/etc/localtime"), NONE, home);
        assertThat(config.config().sandbox().timeZone()).isEqualTo("UTC");
        assertThat(config.warnings()).singleElement().asString().contains("TZ", ":/etc/localtime");
    }

    @Test
    void readsEveryFormOfAFile() throws IOException {
        Files.writeString(
                file,
                """
                # a comment
                dev_mode: yes
                allowed_origins: [https://a.example, https://b.example]
                allowed_hosts:
                - a.example
                trusted_proxies: [10.0.0.0/8, "::1"]
                memory_limit: 2G
                session:
                  idle_timeout: 5m
                  lifetime:
                namespaces:
                  team-a: {cpus: 2, memory: 1G}
                  team_b:
                    image: lean
                """);
        ServerConfig config = read(NONE, NONE);
        assertThat(config.http().developmentMode()).isTrue();
        assertThat(config.http().allowedOrigins())
                .containsExactlyInAnyOrder("https://a.example", "https://b.example");
        assertThat(config.http().allowedHosts()).containsExactly("a.example");
        assertThat(config.http().trustedProxies()).containsExactlyInAnyOrder("10.0.0.0/8", "::1");
        assertThat(config.ofAll().session().idleTimeout()).isEqualTo(Duration.ofMinutes(5));
        assertThat(config.ofAll().session().lifetime()).isEqualTo(Duration.ofHours(8));
        assertThat(config.of("team-a").sandbox())
                .isEqualTo(SandboxConfig.DEFAULT.withCpus(2).withMemoryBytes(1 << 30));
        assertThat(config.of("team_b").sandbox().image()).isEqualTo("lean");
        assertThat(config.of("other").sandbox()).isEqualTo(SandboxConfig.DEFAULT);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "prot: 1 | FILE:1: there is no setting prot; did you mean port?",
                "sandbox: {cpu: 1} | FILE:1: there is no setting sandbox.cpu; did you mean sandbox.cpus?",
                "colour: red | FILE:1: there is no setting colour; 'msb config' shows all there are",
                "languages: [python, 'C sharp'] | FILE:1: languages must be auto, or names of languages, separated by commas, not \"python,C sharp\"",
                "languages: [] | FILE:1: languages must be auto, or names of languages, separated by commas, not \"\"",
                "namespaces: {a: {session: {suspend: no way}}} | FILE:1: namespaces.a.session.suspend must be true or false, not \"no way\"",
                "port: high | FILE:1: port must be a whole number from 0 to 65535, not \"high\"",
                "port: 65536 | FILE:1: port must be a whole number from 0 to 65535, not \"65536\"",
                "dev_mode: maybe | FILE:1: dev_mode must be true or false, not \"maybe\"",
                "trusted_proxies: proxy.example | FILE:1: trusted_proxies must be IP addresses, or ranges such as 10.0.0.0/8, separated by commas, not \"proxy.example\"",
                "dev_mode_from: here | FILE:1: dev_mode_from must be auto, gateway or anywhere, not \"here\"",
                "memory_limit: lots | FILE:1: memory_limit must be a number and a unit: K, M, G or T, for example 512M or 8G, not \"lots\"",
                "sandbox: {memory: 64M} | FILE:1: sandbox.memory must be whole MiB and at least 128M, not \"64M\"",
                "run: {timeout: 2h} | FILE:1: run.timeout must be from 100ms to 1h, not \"2h\"",
                "run: {timeout: 30} | FILE:1: run.timeout must be a number and a unit: ms, s, m, h or d, for example 30s, 15m, 8h or 30d, not \"30\"",
                "sandbox: {start_timeout: 2h} | FILE:1: sandbox.start_timeout must be auto, or from 1s to 1h, not \"2h\"",
                "sandbox: {interpreter_timeout: 5} | FILE:1: sandbox.interpreter_timeout must be auto, or a number and a unit: ms, s, m, h or d, for example 30s, 15m, 8h or 30d, not \"5\"",
                "workers: many | FILE:1: workers must be auto, shared or namespace, not \"many\"",
                "accelerator: fast | FILE:1: accelerator must be auto, kvm or qemu, not \"fast\"",
                "log_level: loud | FILE:1: log_level must be error, warn, info, debug or trace, not \"loud\"",
                "host: ' ' | FILE:1: host must be a text that is not empty, not \" \"",
                "host: 'no such host' | FILE:1: host must be an IP address or the name of one, without a port, not \"no such host\"",
                "host: http://a | FILE:1: host must be an IP address or the name of one, without a port, not \"http://a\"",
                "allowed_origins: [https://a.example, b.example] | FILE:1: allowed_origins must be origins such as https://app.example.com, separated by commas, not \"https://a.example,b.example\"",
                "allowed_origins: '*' | FILE:1: allowed_origins must be origins such as https://app.example.com, separated by commas, not \"*\"",
                "allowed_hosts: https://a.example | FILE:1: allowed_hosts must be names of hosts such as sandbox.example.com, separated by commas, not \"https://a.example\"",
                "sandbox: {image: ../x} | FILE:1: sandbox.image must be 1 to 63 of a-z, 0-9, - and _, the first a letter or a digit, not \"../x\"",
                "namespaces: {a: {image: A}} | FILE:1: namespaces.a.image must be 1 to 63 of a-z, 0-9, - and _, the first a letter or a digit, not \"A\"",
                "template: {languages: Python 3} | FILE:1: template.languages must be names of languages, separated by commas, not \"Python 3\"",
                "template: {python: numpy;x} | FILE:1: template.python must be names of Python modules, separated by commas, not \"numpy;x\"",
                "just text | FILE:1: must be a list of KEY: VALUE lines",
                "sandbox: {cpus: 6} | FILE:1: sandbox.cpus is 6, more than cpu_limit (4, default) allows: no sandbox could start"
            })
    void anErrorNamesItsLineItsValueAndWhatIsAllowed(String yaml, String message)
            throws IOException {
        Files.writeString(file, yaml);
        assertThatThrownBy(() -> read(NONE, NONE))
                .isInstanceOf(ConfigException.class)
                .hasMessage(message.replace("FILE", file.toString()));
    }

    @Test
    void namesTheLineOfANestedKeyAndOfASyntaxError() throws IOException {
        Files.writeString(file, "port: 1\nsandbox:\n\n  cpus: many\n");
        assertThatThrownBy(() -> read(NONE, NONE))
                .hasMessageStartingWith(file + ":4: sandbox.cpus");
        Files.writeString(file, "port: 1\nhost: [a\n");
        assertThatThrownBy(() -> read(NONE, NONE))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith(file + ":")
                .hasMessageContaining("is not YAML");
        Files.writeString(file, "port: 1\nport: 2\n");
        assertThatThrownBy(() -> read(NONE, NONE))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(file.toString());
    }

    @ParameterizedTest
    @CsvSource({
        "allowed_origins, 'https://a.example/, http://10.0.0.1:80, vscode-webview://x'",
        "allowed_hosts, 'a.example, b:8080, under_score'",
        "host, ::1",
        "host, fe80::1%eth0",
        "template.python, 'a.b_c, _d1'",
        "template.languages, ''"
    })
    void valuesOfEveryFormAreTaken(String key, String text) throws IOException {
        String[] parts = key.split("\\.", -1);
        Files.writeString(
                file,
                parts.length == 1
                        ? key + ": \"" + text + "\""
                        : parts[0] + ": {" + parts[1] + ": \"" + text + "\"}");
        assertThatCode(() -> read(NONE, NONE)).doesNotThrowAnyException();
    }

    @Test
    void aFileThatIsNoTextIsSaid() throws IOException {
        Files.write(file, new byte[] {(byte) 0xff, 'a'});
        assertThatThrownBy(() -> read(NONE, NONE))
                .isInstanceOf(ConfigException.class)
                .hasMessage(file + " cannot be read: it is not text in UTF-8");
        Files.delete(file);
        Files.createDirectory(file);
        assertThatThrownBy(() -> read(NONE, NONE))
                .isInstanceOf(ConfigException.class)
                .hasMessage(file + " cannot be read: Is a directory");
    }

    @Test
    void errorsOfVariablesAndOptionsNameThem() {
        assertThatThrownBy(() -> read(Map.of("MICROSANDBOX_CPU_LIMIT", "none"), NONE))
                .hasMessage(
                        "MICROSANDBOX_CPU_LIMIT: cpu_limit must be a whole number from 1 to 4096,"
                                + " not \"none\"");
        assertThatThrownBy(() -> read(NONE, Map.of("--session-idle-timeout", "soon")))
                .hasMessageStartingWith("--session-idle-timeout: session.idle_timeout must be");
        assertThatThrownBy(() -> read(NONE, Map.of("--config", "/nowhere.yaml")))
                .hasMessage("--config: there is no file /nowhere.yaml");
    }

    @Test
    void warnsOfVariablesThatMeanNothing() {
        EffectiveConfig config =
                ConfigSources.read(
                        Map.of(
                                "MICROSANDBOX_PROT", "1",
                                "MICROSANDBOX_VERSION", "latest",
                                "MICROSANDBOX_HOST", "",
                                "PATH", "/bin"),
                        NONE,
                        home);
        assertThat(config.warnings())
                .containsExactly(
                        "the variable MICROSANDBOX_PROT means nothing; did you mean"
                                + " MICROSANDBOX_PORT?");
        assertThat(config.config().http().host()).isEqualTo("127.0.0.1");
    }

    @Test
    void homeComesFromTheOptionBeforeTheVariable() throws IOException {
        Path other = Files.createDirectory(home.resolve("other"));
        Files.writeString(other.resolve("config.yaml"), "port: 7\n");
        assertThat(read(Map.of("MICROSANDBOX_HOME", other.toString()), NONE).http().port())
                .isEqualTo(7);
        assertThat(
                        read(
                                        Map.of("MICROSANDBOX_HOME", "/nowhere"),
                                        Map.of("--home", other.toString()))
                                .home())
                .isEqualTo(other);
    }

    @Test
    void printsWhatIsInForceAndWhereItComesFrom() throws IOException {
        Files.writeString(file, "namespaces:\n  team-a:\n    cpus: 2\n");
        String yaml =
                ConfigSources.read(
                                Map.of("MICROSANDBOX_PORT", "8080"),
                                Map.of("--sandbox-memory", "1G"),
                                home)
                        .toYaml();
        assertThat(yaml.lines().map(line -> line.replaceAll(" +#", " #")))
                .contains(
                        "# home: " + home + " # default",
                        "host: 127.0.0.1 # default",
                        "port: 8080 # MICROSANDBOX_PORT",
                        "allowed_origins: \"\" # default",
                        "sandbox:",
                        "  memory: 1G # --sandbox-memory",
                        "namespaces:",
                        "  team-a:",
                        "    cpus: 2 # " + file + ":3");
    }

    @Test
    void readsWhatItPrints() throws IOException {
        namespace("team-a.yaml", "cpus: 2\nquota: {sandboxes: 3}\n");
        namespace(
                "team-b.yaml",
                """
                quota: {cpus: 3}
                image: lean
                languages: [python, c++]
                session: {suspend: off}
                sandbox: {start_timeout: auto}
                run: {timeout: 1m}
                checkpoint: {max_count: 0}
                """);
        Map<String, String> environment =
                Map.of("MICROSANDBOX_ALLOWED_HOSTS", "a.example, b.example");
        EffectiveConfig first = ConfigSources.read(environment, NONE, home);
        Files.writeString(file, first.toYaml());
        assertThat(read(NONE, NONE)).isEqualTo(first.config());
    }

    @Test
    void namesOfVariablesAndOptionsFollowFromTheKey() {
        Setting<?> setting = SessionConfig.IDLE_TIMEOUT;
        assertThat(setting.variable()).isEqualTo("MICROSANDBOX_SESSION_IDLE_TIMEOUT");
        assertThat(setting.flag()).isEqualTo("--session-idle-timeout");
    }

    @Test
    void theGuideListsEverySettingWithItsDefault() throws IOException {
        String guide = Files.readString(Path.of("../docs/configuration.md"));
        for (Setting<?> setting : Settings.ALL) {
            assertThat(guide)
                    .contains(
                            "| `%s` | `%s` |"
                                    .formatted(
                                            setting.key(),
                                            setting.fallback().isEmpty()
                                                    ? "(none)"
                                                    : setting.fallback()));
        }
    }

    private ServerConfig read(Map<String, String> environment, Map<String, String> flags) {
        return ConfigSources.read(environment, flags, home).config();
    }
}
