package dev.microsandbox.mcp.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SnippetGeneratorTest {

    private final SnippetGenerator generator = new SnippetGenerator();

    @Test
    void theSameSeedGivesTheSameSnippet() {
        for (long seed = 0; seed < 1000; seed++) {
            assertThat(generator.of(seed)).isEqualTo(new SnippetGenerator().of(seed));
        }
        assertThat(generator.of(1)).isNotEqualTo(generator.of(2));
    }

    @ParameterizedTest
    @ValueSource(strings = {"python", "javascript", "shell"})
    void everyFragmentIsUsed(String language) {
        Set<String> used = new HashSet<>();
        Set<Snippet.Manner> manners = new HashSet<>();
        for (long seed = 0; seed < 20_000; seed++) {
            Snippet snippet = generator.of(seed);
            assertThat(snippet.code()).doesNotContain("@@").doesNotContainPattern("@[A-Z]+@");
            manners.add(snippet.manner());
            if (snippet.language().equals(language)) {
                used.addAll(snippet.names());
            }
        }
        for (String file : List.of(language + ".payloads", language + ".wrappers")) {
            List<String> names = Fragment.read(file).stream().map(Fragment::name).toList();
            assertThat(names).doesNotHaveDuplicates();
            assertThat(used).containsAll(names);
        }
        assertThat(manners).containsExactlyInAnyOrder(Snippet.Manner.values());
    }

    @Test
    void aWrapperIndentsThePayload() {
        Fragment wrapper = Fragment.parse("=== w: harms lingers\ntry:\n    @@\nend\n").getFirst();
        assertThat(wrapper.tags()).containsExactlyInAnyOrder(Tag.HARMS, Tag.LINGERS);
        assertThat(wrapper.around("a\n  b")).isEqualTo("try:\n    a\n      b\nend\n");
    }
}
