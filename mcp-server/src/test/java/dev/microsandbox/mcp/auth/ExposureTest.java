package dev.microsandbox.mcp.auth;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExposureTest {

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, false, false, true",
        "localhost, false, false, true",
        "::1,       false, false, true",
        "0.0.0.0,   false, true,  true",
        "0.0.0.0,   true,  false, true",
        "0.0.0.0,   false, false, false",
        "10.0.0.1,  false, false, false",
        "127.x.org, false, false, false"
    })
    void serversThatOthersReachNeedKeys(
            String host, boolean developmentMode, boolean anyKey, boolean allowed) {
        var refusal = Exposure.refusal(host, developmentMode, anyKey);
        assertThat(refusal.isEmpty()).isEqualTo(allowed);
        refusal.ifPresent(text -> assertThat(text).contains(host, "msb key create"));
    }
}
