package dev.microsandbox.vmm.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where templates are kept, and what is left of those that were not finished. */
class TemplateStoreTest {

    private static final TemplateInfo INFO =
            new TemplateInfo("kvm", "default", "k1", "r1", 1, 512L << 20, "UTC", "python;numpy");

    @TempDir Path directory;

    private TemplateStore store() {
        return new TemplateStore(directory.resolve("templates"));
    }

    private static void save(Path saved) throws IOException {
        Files.createDirectory(saved);
        Files.writeString(saved.resolve("memory"), "memory");
    }

    @Test
    void aTemplateIsMadeOnce() throws Exception {
        AtomicInteger made = new AtomicInteger();
        for (int i = 0; i < 2; i++) {
            assertThat(
                            store().make(
                                            INFO,
                                            saved -> {
                                                made.incrementAndGet();
                                                save(saved);
                                            }))
                    .isTrue();
        }
        assertThat(made).hasValue(1);
        assertThat(store().saved(INFO).orElseThrow().resolve("memory")).hasContent("memory");
        assertThat(store().list())
                .singleElement()
                .satisfies(stored -> assertThat(stored.info()).isEqualTo(INFO))
                .satisfies(stored -> assertThat(stored.bytes()).isPositive());
    }

    @Test
    void whatFailsIsNotOffered() throws Exception {
        assertThatThrownBy(
                        () ->
                                store().make(
                                                INFO,
                                                saved -> {
                                                    throw new IOException("no space");
                                                }))
                .hasMessage("no space");
        assertThat(store().saved(INFO)).isEmpty();
        assertThat(store().list()).isEmpty();
    }

    @Test
    void whatAKilledProcessLeftIsSwept() throws Exception {
        Path place = Files.createDirectories(directory.resolve("templates/" + INFO.id()));
        Path partial = Files.createDirectory(place.resolve(".saved.0123.partial"));
        Files.writeString(partial.resolve("memory"), "half");
        assertThat(store().saved(INFO)).isEmpty();
        assertThat(store().make(INFO, TemplateStoreTest::save)).isTrue();
        assertThat(partial).doesNotExist();
        assertThat(store().saved(INFO)).isPresent();
    }

    @Test
    void oneAtATimeMakesATemplate() throws Exception {
        assertThat(
                        store().make(
                                        INFO,
                                        saved -> {
                                            assertThat(store().make(INFO, other -> save(other)))
                                                    .isFalse();
                                            save(saved);
                                        }))
                .isTrue();
    }

    @Test
    void removingTakesAllOfItAndNothingElse() throws Exception {
        assertThat(store().make(INFO, TemplateStoreTest::save)).isTrue();
        Files.writeString(directory.resolve("precious"), "x");
        assertThat(store().remove("..")).isFalse();
        assertThat(store().remove("../..")).isFalse();
        assertThat(store().remove("0")).isFalse();
        assertThat(store().remove(INFO.id())).isTrue();
        assertThat(directory.resolve("precious")).exists();
        try (Stream<Path> left = Files.list(directory.resolve("templates"))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void anUnreadableDescriptionIsNoTemplate() throws Exception {
        assertThat(store().make(INFO, TemplateStoreTest::save)).isTrue();
        Files.writeString(directory.resolve("templates/" + INFO.id() + "/about"), "nonsense");
        assertThat(store().list()).isEmpty();
    }
}
