package dev.microsandbox.vmm.template;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The fields that make two templates different. */
class TemplateInfoTest {

    private static final TemplateInfo INFO =
            new TemplateInfo("kvm", "default", "k1", "r1", 1, 512L << 20, "UTC", "python;numpy");

    /** A description that can be read can be written. */
    @FuzzTest
    void anyTextIsATemplatesOrNone(byte[] bytes) {
        TemplateInfo.decode(new String(bytes, StandardCharsets.UTF_8))
                .ifPresent(
                        info -> {
                            assertThat(TemplateInfo.isId(info.id())).isTrue();
                            assertThat(info.encode()).contains("kind=");
                        });
    }

    @Test
    void everythingButTheImagesNameMakesADifference() {
        List<TemplateInfo> others =
                List.of(
                        new TemplateInfo(
                                "qemu",
                                "default",
                                "k1",
                                "r1",
                                1,
                                512L << 20,
                                "UTC",
                                "python;numpy"),
                        new TemplateInfo(
                                "kvm", "default", "k2", "r1", 1, 512L << 20, "UTC", "python;numpy"),
                        new TemplateInfo(
                                "kvm", "default", "k1", "r2", 1, 512L << 20, "UTC", "python;numpy"),
                        new TemplateInfo(
                                "kvm", "default", "k1", "r1", 2, 512L << 20, "UTC", "python;numpy"),
                        new TemplateInfo(
                                "kvm", "default", "k1", "r1", 1, 256L << 20, "UTC", "python;numpy"),
                        new TemplateInfo(
                                "kvm", "default", "k1", "r1", 1, 512L << 20, "UTC", "python;"));
        assertThat(
                        new TemplateInfo(
                                        "kvm",
                                        "default",
                                        "k1",
                                        "r1",
                                        1,
                                        512L << 20,
                                        "EST",
                                        "python;numpy")
                                .id())
                .isNotEqualTo(INFO.id());
        assertThat(others)
                .extracting(TemplateInfo::id)
                .doesNotContain(INFO.id())
                .doesNotHaveDuplicates();
        assertThat(
                        new TemplateInfo(
                                        "kvm",
                                        "mine",
                                        "k1",
                                        "r1",
                                        1,
                                        512L << 20,
                                        "UTC",
                                        "python;numpy")
                                .id())
                .isEqualTo(INFO.id())
                .matches("[0-9a-f]{24}");
    }

    @Test
    void oneThatWasMadeOtherwiseForTheSameSandboxesIsReplaced() {
        assertThat(
                        INFO.replaces(
                                new TemplateInfo(
                                        "kvm", "default", "k0", "r0", 1, 512L << 20, "UTC", "")))
                .isTrue();
        assertThat(INFO.replaces(INFO)).isFalse();
        assertThat(
                        INFO.replaces(
                                new TemplateInfo(
                                        "qemu", "default", "k0", "r0", 1, 512L << 20, "UTC", "")))
                .isFalse();
        assertThat(
                        INFO.replaces(
                                new TemplateInfo(
                                        "kvm", "mine", "k0", "r0", 1, 512L << 20, "UTC", "")))
                .isFalse();
        assertThat(
                        INFO.replaces(
                                new TemplateInfo(
                                        "kvm", "default", "k0", "r0", 2, 512L << 20, "UTC", "")))
                .isFalse();
    }

    @Test
    void isReadAsItWasWritten() {
        assertThat(TemplateInfo.decode(INFO.encode())).contains(INFO);
        for (String nonsense :
                List.of(
                        "",
                        "kind=kvm",
                        "cpus=one",
                        "\\u00",
                        INFO.encode().replace("cpus=1", "cpus=x"))) {
            assertThat(TemplateInfo.decode(nonsense)).isEmpty();
        }
    }
}
