package dev.microsandbox.mcp.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** The Compose file's variables, defaults and volumes are what users rely on. */
class ComposeFileTest {

    private static final Path FILE = Path.of("../docker/docker-compose.yaml");

    /** {@code ${NAME:-DEFAULT}}. */
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{([A-Z_]+):-([^}]*)}");

    private final Map<String, String> defaults = new HashMap<>();
    private JsonNode service;

    @TempDir Path home;

    @BeforeEach
    void readFile() throws Exception {
        String text = Files.readString(FILE);
        Matcher variable = VARIABLE.matcher(text);
        while (variable.find()) {
            String before = defaults.put(variable.group(1), variable.group(2));
            assertThat(before)
                    .as("the default of %s, wherever it stands", variable.group(1))
                    .isIn(null, variable.group(2));
        }
        service = new YAMLMapper().readTree(text).at("/services/microsandbox");
    }

    @Test
    void theDefaultsAreThoseThatUsersKnow() {
        assertThat(defaults)
                .containsEntry("MICROSANDBOX_VERSION", "latest")
                .containsEntry("MICROSANDBOX_PORT", "5555")
                .containsEntry("MICROSANDBOX_DEV_MODE", "true")
                .containsEntry("MICROSANDBOX_CPU_LIMIT", "4")
                .containsEntry("MICROSANDBOX_MEMORY_LIMIT", "8G")
                .containsEntry("TZ", "UTC")
                .containsEntry("MICROSANDBOX_BIND", "127.0.0.1");
    }

    @Test
    void whatTheContainerIsGivenTheServerUnderstands() {
        Map<String, String> environment = new HashMap<>();
        service.get("environment")
                .properties()
                .forEach(
                        entry ->
                                environment.put(
                                        entry.getKey(),
                                        VARIABLE.matcher(entry.getValue().stringValue())
                                                .replaceAll("$2")));
        EffectiveConfig config = ConfigSources.read(environment, Map.of(), home);
        assertThat(config.warnings()).isEmpty();
        assertThat(config.config().http().developmentMode()).isTrue();
        assertThat(config.config().http().developmentFrom())
                .isEqualTo(HttpConfig.KeylessCallers.GATEWAY);
        assertThat(config.config().limits()).isEqualTo(new LimitsConfig(4, 8L << 30));
        assertThat(config.config().sandbox().timeZone()).isEqualTo("UTC");
    }

    @Test
    void keysLieInTheConfigVolume() {
        ServerConfig config =
                ConfigSources.read(
                                Map.of("MICROSANDBOX_HOME", "/root/.microsandbox"), Map.of(), home)
                        .config();
        assertThat(service.get("volumes").toString())
                .contains("microsandbox_config:/root/.microsandbox/namespaces")
                .contains("microsandbox_workspace:/root/.microsandbox");
        assertThat(config.keys()).startsWithRaw(Path.of("/root/.microsandbox/namespaces"));
    }

    @Test
    void theContainerHasNoPrivileges() {
        assertThat(service.has("privileged")).isFalse();
        assertThat(service.at("/cap_drop/0").stringValue()).isEqualTo("ALL");
        assertThat(service.get("security_opt").toString())
                .contains("no-new-privileges")
                .doesNotContain("unconfined");
        assertThat(service.get("devices").toString()).isEqualTo("[\"/dev/kvm\"]");
    }
}
