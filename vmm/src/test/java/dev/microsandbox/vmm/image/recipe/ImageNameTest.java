package dev.microsandbox.vmm.image.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microsandbox.vmm.ImageException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageNameTest {

    @ParameterizedTest
    @ValueSource(strings = {"default", "a", "data-science_2", "0"})
    void accepts(String name) {
        assertThat(ImageName.check(name)).isEqualTo(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-a", "A", "a/b", "..", "a.recipe", "a b", "a\nb", "ü"})
    void refuses(String name) {
        assertThatThrownBy(() -> ImageName.check(name))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("cannot name an image")
                .hasMessageNotContaining("\n");
    }

    @ParameterizedTest
    @ValueSource(ints = {64, 100_000})
    void refusesLongNamesShortly(int length) {
        assertThatThrownBy(() -> ImageName.check("a".repeat(length)))
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(300));
    }
}
