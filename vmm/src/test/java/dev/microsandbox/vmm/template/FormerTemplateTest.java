package dev.microsandbox.vmm.template;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.FormerRelease;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Templates of the former release. */
class FormerTemplateTest {

    private static final TemplateInfo INFO =
            new TemplateInfo(
                    "kvm",
                    "default",
                    "k1".repeat(32),
                    "r1".repeat(32),
                    2,
                    512L << 20,
                    "Europe/Berlin",
                    "javascript,python;numpy,pandas");

    @Test
    void itsDescriptionIsReadAndWrittenAsItWas() throws IOException {
        String former = Files.readString(FormerRelease.file("template-about"));
        assertThat(TemplateInfo.decode(former)).contains(INFO);
        assertThat(INFO.encode()).isEqualTo(former);
        assertThat(INFO.id()).isEqualTo("4160d8a0d18be4df0940535a");
    }

    @Test
    void itIsUsedAndNotRemovedWhenAnotherIsMade(@TempDir Path directory) throws Exception {
        Path place = Files.createDirectories(directory.resolve(INFO.id()));
        Files.createDirectory(place.resolve("saved"));
        Files.createFile(place.resolve("lock"));
        Files.copy(FormerRelease.file("template-about"), place.resolve("about"));
        TemplateStore store = new TemplateStore(directory);
        TemplateInfo other =
                new TemplateInfo("qemu", "default", "k", "r", 1, 512L << 20, "UTC", ";");
        assertThat(store.make(other, Files::createDirectory)).isTrue();
        store.requireDescription(INFO);
        assertThat(store.saved(INFO)).contains(place.resolve("saved"));
        assertThat(store.list()).extracting(TemplateEntry::info).contains(INFO, other);
    }
}
