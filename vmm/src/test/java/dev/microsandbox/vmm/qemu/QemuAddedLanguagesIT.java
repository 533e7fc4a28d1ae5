package dev.microsandbox.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.TestSandboxes;
import dev.microsandbox.vmm.behaviour.BehaviourContract;
import dev.microsandbox.vmm.image.GuestAssetStore;
import dev.microsandbox.vmm.image.ImageInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/**
 * The optional languages, in an image that has all of them. Building that image takes ten minutes
 * and 5 GB of disk, so these tests run only if MICROSANDBOX_SLOW_TESTS is true.
 */
@EnabledIfEnvironmentVariable(named = "MICROSANDBOX_SLOW_TESTS", matches = "true")
class QemuAddedLanguagesIT extends BehaviourContract {

    private static final String IMAGE = "added-languages";
    private static final List<String> LANGUAGES = languages();

    QemuAddedLanguagesIT() {
        super(Selection.ALL, LANGUAGES.toArray(String[]::new));
    }

    /** Those of the guide, which a test compares with the manifests. */
    private static List<String> languages() {
        try {
            return Pattern.compile("`--with (\\w+)`")
                    .matcher(Files.readString(Path.of("../docs/guest-images.md")))
                    .results()
                    .map(row -> row.group(1))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    protected Sandbox start(SandboxConfig config) throws InterruptedException {
        GuestAssetStore images = TestSandboxes.images();
        images.buildWith(LANGUAGES, IMAGE, message -> System.err.println("[images] " + message));
        assertThat(images.list()).extracting(ImageInfo::name).contains(IMAGE);
        // The default memory of a sandbox.
        return TestSandboxes.qemu()
                .start(
                        config.withImage(IMAGE)
                                .withMemoryBytes(SandboxConfig.DEFAULT.memoryBytes()));
    }
}
