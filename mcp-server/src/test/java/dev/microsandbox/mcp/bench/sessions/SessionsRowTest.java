package dev.microsandbox.mcp.bench.sessions;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SessionsRowTest {

    @Test
    void rowsAreListedByName() {
        assertThat(SessionsRow.parse("idle, first-answer"))
                .contains(EnumSet.of(SessionsRow.FIRST_ANSWER, SessionsRow.IDLE));
        assertThat(SessionsRow.parse(SessionsRow.keys()))
                .contains(EnumSet.allOf(SessionsRow.class));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "idle,", "IDLE", "first answer", "idle clone"})
    void everythingElseIsNone(String list) {
        assertThat(SessionsRow.parse(list)).isEmpty();
    }
}
