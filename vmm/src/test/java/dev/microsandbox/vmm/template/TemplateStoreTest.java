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

/** Where templates are stored, and what happens to unfinished ones. */
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
    void whatAKilledProcessWasMakingIsNotOfferedAndIsSwept() throws Exception {
        TemplateInfo other =
                new TemplateInfo("qemu", "default", "k0", "r0", 1, 512L << 20, "UTC", "");
        TemplateInfo third =
                new TemplateInfo("qemu", "default", "k2", "r2", 1, 512L << 20, "UTC", "");
        Path place = directory.resolve("templates/" + other.id());
        try (MakerProcess process = MakerProcess.making(directory.resolve("templates"), other)) {
            process.awaitHalfWay();
            // It is left alone as long as its process lives.
            assertThat(store().make(INFO, TemplateStoreTest::save)).isTrue();
            assertThat(store().make(other, TemplateStoreTest::save)).isFalse();
            assertThat(place).isNotEmptyDirectory();
            process.kill();
        }
        assertThat(store().saved(other)).isEmpty();
        assertThat(store().list()).extracting(TemplateEntry::info).containsExactly(INFO);
        assertThat(place).isNotEmptyDirectory();

        assertThat(store().make(third, TemplateStoreTest::save)).isTrue();
        assertThat(place).doesNotExist();
        assertThat(store().saved(INFO)).isPresent();
    }

    @Test
    void theLockOutlastsWhoFindsItTaken() throws Exception {
        Path templates = directory.resolve("templates");
        assertThat(
                        store().make(
                                        INFO,
                                        saved -> {
                                            assertThat(store().make(INFO, TemplateStoreTest::save))
                                                    .isFalse();
                                            // Another process is still kept out.
                                            try (MakerProcess process =
                                                    MakerProcess.making(templates, INFO)) {
                                                assertThat(process.isRefused()).isTrue();
                                            }
                                            save(saved);
                                        }))
                .isTrue();
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
        // Not valid UTF-8 either.
        Files.write(directory.resolve("templates/" + INFO.id() + "/about"), new byte[] {-1, 1});
        assertThat(store().list()).isEmpty();
        assertThatThrownBy(() -> store().requireDescription(INFO))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("its file 'about' is damaged or missing");
        // Otherwise nothing would ever remove it.
        TemplateInfo other =
                new TemplateInfo("qemu", "default", "k0", "r0", 1, 512L << 20, "UTC", "");
        assertThat(store().make(other, TemplateStoreTest::save)).isTrue();
        store().requireDescription(other);
        assertThat(directory.resolve("templates/" + INFO.id())).doesNotExist();
    }
}
