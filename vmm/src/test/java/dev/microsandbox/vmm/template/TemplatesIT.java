package dev.microsandbox.vmm.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.microsandbox.vmm.Recorder;
import dev.microsandbox.vmm.RunRequest;
import dev.microsandbox.vmm.RunResult;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxInfo;
import dev.microsandbox.vmm.TestSandboxes;
import dev.microsandbox.vmm.host.Accelerator;
import dev.microsandbox.vmm.host.MicroVms;
import dev.microsandbox.vmm.host.TemplateOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sandboxes from a template on QEMU, from making the first template to its clones. */
@Timeout(300)
class TemplatesIT {

    private static final SandboxConfig CONFIG =
            SandboxConfig.DEFAULT.withMemoryBytes(256L << 20).withTimeZone("Asia/Tokyo");

    @TempDir Path directory;

    private final List<String> reports = Collections.synchronizedList(new ArrayList<>());

    private MicroVms factory() {
        TemplateOptions templates =
                new TemplateOptions(
                        directory.resolve("templates"),
                        List.of("python", "shell", "cobol"),
                        List.of("json", "nothing"));
        return MicroVms.create(TestSandboxes.images(), reports::add, Accelerator.QEMU, templates);
    }

    @Test
    void aSandboxIsBootedOnceAndClonedEverAfter() throws Exception {
        MicroVms factory = factory();
        try (Sandbox booted = factory.start(CONFIG)) {
            assertThat(python(booted, "6*7")).isEqualTo("42");
        }
        assertThat(Files.exists(directory.resolve("templates"))).isFalse();
        String former = putFormer();

        factory.prepare(CONFIG);
        factory.prepare(CONFIG);
        await().atMost(Duration.ofMinutes(2))
                .until(() -> reports.stream().anyMatch(line -> line.contains("is ready after")));
        assertThat(reports).filteredOn(line -> line.startsWith("Making")).hasSize(1);
        assertThat(reports).anyMatch(line -> line.contains("goes without cobol"));
        assertThat(reports).anyMatch(line -> line.contains("'msb template remove " + former));
        assertThat(directory.resolve("templates").resolve(former).resolve("saved")).exists();

        Set<String> random = new HashSet<>();
        for (int i = 0; i < 3; i++) {
            try (Sandbox clone = factory.start(CONFIG.withHostName("clone-" + i))) {
                assertThat(clone.info().languages())
                        .filteredOn(language -> language.name().equals("python"))
                        .singleElement()
                        .satisfies(python -> assertThat(python.running()).isTrue());
                random.add(
                        python(
                                clone,
                                "import os, random, uuid, socket; (os.urandom(8), random.random(), uuid.uuid4(), socket.gethostname())"));
            }
        }
        assertThat(random).hasSize(3);

        // Another process finds the template.
        try (Sandbox clone = factory().start(CONFIG)) {
            assertThat(python(clone, "import time; time.strftime('%Z')")).contains("JST");
            assertThat(python(clone, "'x' in dir()")).isEqualTo("False");
        }
        assertThat(factory().buildTemplate(CONFIG)).hasSize(24);
        assertThat(reports).filteredOn(line -> line.startsWith("Making")).hasSize(1);
    }

    /** A template that another release has made for the same sandboxes. */
    private String putFormer() throws Exception {
        TemplateInfo info =
                new TemplateInfo(
                        "qemu",
                        CONFIG.image(),
                        "0".repeat(64),
                        "1".repeat(64),
                        CONFIG.cpus(),
                        CONFIG.memoryBytes(),
                        CONFIG.timeZone(),
                        "python;json");
        TemplateStore store = new TemplateStore(directory.resolve("templates"));
        assertThat(store.make(info, Files::createDirectory)).isTrue();
        return info.id();
    }

    @Test
    void aDamagedTemplateIsMadeAnewAndSandboxesAreBootedMeanwhile() throws Exception {
        String id = factory().buildTemplate(CONFIG);
        Path place = directory.resolve("templates").resolve(id);
        for (String name : List.of("about", "saved/manifest", "saved/state", "saved/memory")) {
            Path kept = directory.resolve("kept-" + name.replace('/', '-'));
            copy(place, kept);
            // In the memory, at the kernel's code, which is at 16 MiB in every guest.
            Damage.flip(place.resolve(name), name.endsWith("memory") ? (16 << 20) + 123 : 3);
            reports.clear();
            MicroVms factory = factory();
            try (Sandbox booted = factory.start(CONFIG)) {
                assertThat(booted.info().languages()).noneMatch(SandboxInfo.Language::running);
            }
            assertThat(reports)
                    .as(name)
                    .anyMatch(line -> line.contains("damaged") && line.contains("anew"));
            assertThat(place.resolve("saved")).doesNotExist();
            if (name.endsWith("memory")) {
                assertThat(factory.buildTemplate(CONFIG)).isEqualTo(id);
                try (Sandbox clone = factory.start(CONFIG)) {
                    assertThat(python(clone, "6*7")).isEqualTo("42");
                }
            } else {
                copy(kept, place);
            }
        }
    }

    private static void copy(Path from, Path to) throws Exception {
        // The size does not count holes.
        assertThat(
                        new ProcessBuilder(
                                        "cp",
                                        "-a",
                                        "--sparse=always",
                                        "-T",
                                        from.toString(),
                                        to.toString())
                                .inheritIO()
                                .start()
                                .waitFor())
                .isZero();
    }

    private static String python(Sandbox sandbox, String code) throws InterruptedException {
        Recorder recorder = new Recorder();
        RunResult result = sandbox.run(RunRequest.of("python", code), recorder);
        assertThat(result.errorName()).isEmpty();
        return recorder.result();
    }
}
