package dev.microsandbox.mcp.tools.search;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QueryTest {

    @Test
    void aPatternIsNeverAnOption() {
        Query query = query(Optional.of("--pre=evil"), Optional.of("--x"), false);
        assertThat(query.search("-target"))
                .contains("--regexp=--pre=evil", "--type-add=selection:--x")
                .endsWith("--", "-target");
        assertThat(query.list(".")).endsWith("--", ".");
    }

    @Test
    void aGlobForNamesRespectsIgnoreFiles() {
        assertThat(query(Optional.empty(), Optional.of("*.py"), false).list("."))
                .contains("--type-add=selection:*.py", "--type=selection", "--glob=!.*")
                .doesNotContain("--glob=*.py");
    }

    @Test
    void aGlobForPathsIsGivenAsItIs() {
        assertThat(query(Optional.empty(), Optional.of("src/**/*.py"), false).list("."))
                .contains("--glob=src/**/*.py");
        assertThat(query(Optional.empty(), Optional.of("!*.min.js"), true).list("."))
                .contains("--glob=!*.min.js", "--hidden", "--no-ignore")
                .doesNotContain("--glob=!.*");
    }

    @Test
    void aGlobThatNamesHiddenFilesFindsThem() {
        assertThat(query(Optional.empty(), Optional.of(".env*"), false).list("."))
                .doesNotContain("--glob=!.*");
    }

    @ParameterizedTest
    @CsvSource({
        "foo(bar)?, false",
        "(?i)foo, false",
        "(?P<n>a), false",
        "foo(?=bar), true",
        "(?<!x)foo, true",
        "'(a)\\1', true"
    })
    void onlyWhatNeedsItGoesToTheSlowerEngine(String pattern, boolean slower) {
        assertThat(
                        query(Optional.of(pattern), Optional.empty(), false)
                                .search(".")
                                .contains("--pcre2"))
                .isEqualTo(slower);
    }

    private static Query query(
            Optional<String> pattern, Optional<String> glob, boolean unrestricted) {
        return new Query(pattern, glob, false, false, 0, unrestricted);
    }
}
