package dev.microsandbox.mcp.cli;

import dev.microsandbox.mcp.auth.ApiKey;
import dev.microsandbox.mcp.auth.ApiKeys;
import dev.microsandbox.mcp.auth.Exposure;
import dev.microsandbox.mcp.command.Command;
import dev.microsandbox.mcp.command.CommandSpecs;
import dev.microsandbox.mcp.command.ConfigOptions;
import dev.microsandbox.mcp.command.ExitCode;
import dev.microsandbox.mcp.command.Terminal;
import dev.microsandbox.mcp.config.HttpConfig;
import dev.microsandbox.mcp.config.ServerConfig;
import dev.microsandbox.mcp.server.Images;
import dev.microsandbox.mcp.server.Machines;
import dev.microsandbox.mcp.server.MicroVmFactory;
import dev.microsandbox.mcp.units.ByteSize;
import dev.microsandbox.vmm.SandboxException;
import dev.microsandbox.vmm.host.HostMemory;
import dev.microsandbox.vmm.host.KvmFinding;
import dev.microsandbox.vmm.host.KvmProbe;
import dev.microsandbox.vmm.image.GuestAssetStore;
import dev.microsandbox.vmm.image.ImageInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code msb doctor}: checks whether this host can run sandboxes, and says how to fix problems. */
record DoctorCommand(Terminal terminal, Machines machines) implements Command {

    /** The oldest Java version that the program supports. */
    private static final int MIN_JAVA = 25;

    /** The disk space for building an image, with its intermediate files, in bytes. */
    private static final long DISK_TO_BUILD = 8L << 30;

    private static final Pattern AVAILABLE = Pattern.compile("MemAvailable:\\s+(\\d+) kB");

    @Override
    public CommandSpec spec() {
        CommandSpec spec =
                CommandSpecs.command(
                        this,
                        "doctor",
                        "Checks what sandboxes need on this host. Exit code 1 if anything is"
                                + " missing.");
        ConfigOptions.addAll(spec);
        return spec;
    }

    @Override
    public int run(ParseResult arguments) throws IOException, InterruptedException {
        ServerConfig config = ConfigOptions.read(arguments, terminal);
        KvmFinding kvm = KvmProbe.probe();
        List<Finding> findings = new ArrayList<>();
        findings.addAll(
                List.of(
                        java(),
                        KvmCheck.judge(kvm, config.accelerator()),
                        QemuCheck.check(config.accelerator(), kvm),
                        image(config),
                        keys(config),
                        cpus(config, Runtime.getRuntime().availableProcessors()),
                        memory(
                                config,
                                Files.readString(Path.of("/proc/meminfo")),
                                HostMemory.bytes()),
                        disk(config.home()),
                        ConfinementCheck.groups()));
        if (!KvmCheck.isUsed(kvm, config.accelerator())) {
            findings.add(ConfinementCheck.emulators(MicroVmFactory.emulation(config).examine()));
        }
        findings.add(WorkersCheck.check(config));
        findings.addAll(ConfinementCheck.running());
        // From here on, this process can start no program.
        findings.add(ConfinementCheck.server(machines));
        for (Finding finding : findings) {
            terminal.print(
                    String.format(
                            Locale.ROOT,
                            "%-5s %-7s %s%n",
                            finding.level().name().toLowerCase(Locale.ROOT),
                            finding.subject(),
                            finding.text()));
        }
        boolean failed = findings.stream().anyMatch(f -> f.level() == Finding.Level.FAIL);
        return failed ? ExitCode.FAILED : ExitCode.OK;
    }

    private static Finding java() {
        String version = System.getProperty("java.vm.name") + " " + Runtime.version();
        return Runtime.version().feature() >= MIN_JAVA
                ? Finding.ok("java", version + ".")
                : Finding.fail("java", version + " is too old: " + MIN_JAVA + " is needed.");
    }

    private Finding image(ServerConfig config) throws InterruptedException {
        String name = config.sandbox().image();
        GuestAssetStore images = Images.of(config.home());
        try {
            Optional<ImageInfo> image =
                    images.list().stream().filter(i -> i.name().equals(name)).findFirst();
            if (image.isEmpty()) {
                return Finding.fail(
                        "image",
                        "There is no image %s: build it with 'msb image build --recipe FILE --name %s'."
                                .formatted(name, name));
            }
            if (image.get().built() == null) {
                return Finding.warn(
                        "image",
                        "Image %s is not built yet; the first sandbox builds it, or 'msb image build' now."
                                .formatted(name));
            }
            images.verify(name, terminal::say);
            return Finding.ok(
                    "image",
                    "Image %s is as it was built, %s."
                            .formatted(name, ByteSize.inWords(image.get().rootfsBytes())));
        } catch (SandboxException e) {
            return Finding.fail("image", String.valueOf(e.getMessage()));
        }
    }

    private static Finding keys(ServerConfig config) {
        try {
            List<ApiKey> keys = new ApiKeys(config.keys()).list();
            Instant now = Instant.now();
            long valid = keys.stream().filter(key -> key.validAt(now)).count();
            HttpConfig http = config.http();
            Optional<String> refusal =
                    Exposure.refusal(http.host(), http.developmentMode(), valid > 0);
            if (refusal.isPresent()) {
                return Finding.fail("keys", refusal.get());
            }
            String count = "%d valid of %d.".formatted(valid, keys.size());
            return valid > 0 || http.developmentMode()
                    ? Finding.ok("keys", count)
                    : Finding.warn(
                            "keys",
                            count
                                    + " 'msb serve' refuses every client until there is"
                                    + " one: 'msb key create --namespace NAME'. 'msb stdio'"
                                    + " needs none.");
        } catch (IOException e) {
            return Finding.fail("keys", "The keys cannot be read: %s.".formatted(e.getMessage()));
        }
    }

    static Finding cpus(ServerConfig config, int available) {
        int limit = config.limits().cpus();
        String text = "%d for all sandboxes, %d on this host.".formatted(limit, available);
        return limit <= available
                ? Finding.ok("cpus", text)
                : Finding.warn(
                        "cpus",
                        text + " Busy sandboxes share them; lower cpu_limit to avoid that.");
    }

    /**
     * Compares the memory that sandboxes may use with the memory that the host has available.
     *
     * @param meminfo the content of {@code /proc/meminfo}
     * @param bound the memory that this process and its children may use, in bytes
     */
    static Finding memory(ServerConfig config, String meminfo, long bound) {
        Matcher matcher = AVAILABLE.matcher(meminfo);
        if (!matcher.find()) {
            return Finding.warn("memory", "The host does not say how much memory is available.");
        }
        long available = Math.min(bound, Long.parseLong(matcher.group(1)) * 1024);
        long limit = config.limits().memoryBytes();
        String text =
                "%s for all sandboxes, %s available on this host or to this container."
                        .formatted(ByteSize.inWords(limit), ByteSize.inWords(available));
        if (available < config.sandbox().memoryBytes()) {
            return Finding.fail("memory", text + " Not even one sandbox fits.");
        }
        return limit <= available
                ? Finding.ok("memory", text)
                : Finding.warn("memory", text + " Lower memory_limit, or the host may run out.");
    }

    private static Finding disk(Path home) {
        Path existing = home;
        while (!Files.exists(existing) && existing.getParent() != null) {
            existing = existing.getParent();
        }
        try {
            long free = Files.getFileStore(existing).getUsableSpace();
            String text = "%s free at %s.".formatted(ByteSize.inWords(free), home);
            if (!Files.isWritable(existing)) {
                return Finding.fail("disk", text + " It cannot be written: set MICROSANDBOX_HOME.");
            }
            return free >= DISK_TO_BUILD
                    ? Finding.ok("disk", text)
                    : Finding.warn(
                            "disk",
                            text
                                    + " Building an image takes up to %s."
                                            .formatted(ByteSize.inWords(DISK_TO_BUILD)));
        } catch (IOException e) {
            return Finding.fail("disk", "%s: %s.".formatted(home, e.getMessage()));
        }
    }
}
