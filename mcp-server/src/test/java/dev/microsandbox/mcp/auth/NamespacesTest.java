package dev.microsandbox.mcp.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.modelcontextprotocol.common.McpTransportContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NamespacesTest {

    @ParameterizedTest
    @ValueSource(strings = {"a", "default", "team-a", "team_a", "0", "a-"})
    void goodNames(String name) {
        assertThat(Namespaces.validate(name)).isEqualTo(name);
    }

    @Test
    void aNameMayHave63Characters() {
        assertThat(Namespaces.validate("a".repeat(63))).hasSize(63);
        assertThatIllegalArgumentException().isThrownBy(() -> Namespaces.validate("a".repeat(64)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-a", "_a", "A", "a b", "a/b", "..", "a.b", "é", "a\n"})
    void badNames(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Namespaces.validate(name))
                .withMessageContaining("1 to 63")
                .withMessageNotContaining("\n");
    }

    @Test
    void theContextCarriesTheNamespace() {
        assertThat(Namespaces.of(Namespaces.context("team-a"))).isEqualTo("team-a");
        assertThatIllegalStateException()
                .isThrownBy(() -> Namespaces.of(McpTransportContext.EMPTY));
    }
}
