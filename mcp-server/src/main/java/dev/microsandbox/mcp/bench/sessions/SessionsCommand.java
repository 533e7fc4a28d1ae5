package dev.microsandbox.mcp.bench.sessions;

import dev.microsandbox.mcp.bench.measure.BenchOptions;
import dev.microsandbox.mcp.bench.measure.Scratch;
import dev.microsandbox.mcp.command.Command;
import dev.microsandbox.mcp.command.CommandException;
import dev.microsandbox.mcp.command.CommandSpecs;
import dev.microsandbox.mcp.command.ConfigOptions;
import dev.microsandbox.mcp.command.ExitCode;
import dev.microsandbox.mcp.command.Terminal;
import dev.microsandbox.mcp.config.ServerConfig;
import dev.microsandbox.mcp.server.Images;
import dev.microsandbox.mcp.units.ByteSize;
import dev.microsandbox.vmm.SandboxException;
import dev.microsandbox.vmm.SandboxFactory;
import dev.microsandbox.vmm.host.Accelerator;
import dev.microsandbox.vmm.host.KvmFinding;
import dev.microsandbox.vmm.host.KvmProbe;
import dev.microsandbox.vmm.host.MicroVms;
import dev.microsandbox.vmm.host.PeerMachines;
import dev.microsandbox.vmm.host.TemplateOptions;
import dev.microsandbox.vmm.image.GuestAssetStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code msb bench sessions}: measures templates, clones and checkpoints. */
public record SessionsCommand(Terminal terminal) implements Command {

    private static final String RUNS = "--runs";
    private static final String BOOTS = "--boots";
    private static final String ONLY = "--only";
    private static final String LANGUAGE = "--language";
    private static final String MEMORY = "--sessions-memory";
    private static final String TEMPLATES = "--templates";

    private static final Duration SETTLING = Duration.ofSeconds(5);

    @Override
    public CommandSpec spec() {
        CommandSpec spec =
                CommandSpecs.command(
                        this,
                        "sessions",
                        "Measures clones of a template, checkpoints and restores, and"
                                + " compares them with cold boots and QEMU's own clones of the same"
                                + " guest.");
        ConfigOptions.addSandbox(spec);
        BenchOptions.addTo(spec);
        spec.addOption(
                CommandSpecs.option(
                        "N", "Number of runs of measurements that take milliseconds (20).", RUNS));
        spec.addOption(CommandSpecs.option("N", "Number of boots (3).", BOOTS));
        spec.addOption(
                CommandSpecs.option(
                        "ROWS", "Of " + SessionsRow.keys() + ": measure only these (all).", ONLY));
        spec.addOption(
                CommandSpecs.option(
                        "NAME",
                        "The language that gives the first answer (python; shell where"
                                + " kernel mode is emulated, because python takes minutes to start"
                                + " there).",
                        LANGUAGE));
        spec.addOption(
                CommandSpecs.option(
                        "SIZE",
                        "How much of the host's memory idle sandboxes may use (8G).",
                        MEMORY));
        spec.addOption(
                CommandSpecs.option(
                        "DIR",
                        "Where to keep templates for another run (a temporary directory,"
                                + " which is removed afterwards).",
                        TEMPLATES));
        return spec;
    }

    @Override
    public int run(ParseResult arguments) throws IOException, InterruptedException {
        Set<SessionsRow> only = only(arguments);
        long memory = memory(arguments);
        int runs = BenchOptions.count(arguments, RUNS, 20);
        int boots = BenchOptions.count(arguments, BOOTS, 3);
        ServerConfig config = ConfigOptions.read(arguments, terminal);
        String kept = arguments.matchedOptionValue(TEMPLATES, "");
        if (Path.of(kept).toAbsolutePath().normalize().equals(config.templates())) {
            throw new CommandException(
                    TEMPLATES
                            + " must not be where sandboxes have theirs: a benchmark's would replace them");
        }
        KvmFinding kvm = KvmProbe.probe();
        boolean emulated = kvm.state() == KvmFinding.State.EMULATED && onKvm(config, kvm);
        String language = arguments.matchedOptionValue(LANGUAGE, emulated ? "shell" : "python");
        List<String> notes = new ArrayList<>();
        if (emulated) {
            notes.add(
                    "This KVM emulates the guest's kernel mode: times that include kernel"
                            + " mode say nothing about the processor.");
        }
        try (Scratch scratch = Scratch.create()) {
            Path directory =
                    kept.isEmpty()
                            ? scratch.directory().resolve("templates")
                            : Path.of(kept).toAbsolutePath();
            notes.add(
                    "Templates of this benchmark are in %s, with %s started in them; checkpoints in %s (%s)."
                            .formatted(
                                    kept.isEmpty() ? "a temporary directory" : directory,
                                    language,
                                    scratch.directory(),
                                    Files.getFileStore(scratch.directory()).type()));
            GuestAssetStore images = Images.of(config.home());
            TemplateOptions templates =
                    new TemplateOptions(directory, List.of(language), List.of());
            MicroVms clones =
                    MicroVms.create(images, terminal::say, config.accelerator(), templates);
            String _ = clones.buildTemplate(config.sandbox());
            SessionsSetup setup =
                    new SessionsSetup(
                            clones,
                            MicroVms.create(images, terminal::say, config.accelerator()),
                            peer(config, kvm, images, templates, notes),
                            config.sandbox(),
                            language,
                            runs,
                            boots,
                            memory,
                            SETTLING,
                            Files.createDirectory(scratch.directory().resolve("checkpoints")),
                            terminal::say);
            SessionsReport report = SessionsBench.run(setup, only, notes);
            BenchOptions.print(terminal, arguments, report.json(), report.table());
        }
        return ExitCode.OK;
    }

    private static boolean onKvm(ServerConfig config, KvmFinding kvm) {
        return config.accelerator() == Accelerator.KVM
                || (config.accelerator() == Accelerator.AUTO
                        && kvm.state() == KvmFinding.State.USABLE);
    }

    /**
     * The factory of QEMU's clones on the same KVM, after one successful start. If there is none,
     * returns null and adds a note.
     */
    private @Nullable SandboxFactory peer(
            ServerConfig config,
            KvmFinding kvm,
            GuestAssetStore images,
            TemplateOptions templates,
            List<String> notes)
            throws InterruptedException {
        if (!onKvm(config, kvm)) {
            notes.add(
                    "The only peer is the cold boot: sandboxes run on QEMU, and a clone is"
                            + " a restore by QEMU itself.");
            return null;
        }
        SandboxFactory qemu = PeerMachines.qemuClonesOnKvm(images, terminal::say, kvm, templates);
        try {
            qemu.start(config.sandbox()).close();
            return qemu;
        } catch (SandboxException e) {
            notes.add("There is no QEMU peer, because QEMU cannot restore here: " + e.getMessage());
            return null;
        }
    }

    private static Set<SessionsRow> only(ParseResult arguments) {
        String list = arguments.matchedOptionValue(ONLY, "");
        if (list.isEmpty()) {
            return EnumSet.allOf(SessionsRow.class);
        }
        return SessionsRow.parse(list)
                .orElseThrow(
                        () ->
                                new CommandException(
                                        "%s must be some of %s, with commas, not \"%s\""
                                                .formatted(ONLY, SessionsRow.keys(), list)));
    }

    private static long memory(ParseResult arguments) {
        String text = arguments.matchedOptionValue(MEMORY, "8G");
        try {
            return ByteSize.parse(text);
        } catch (IllegalArgumentException e) {
            throw new CommandException("%s %s, not \"%s\"".formatted(MEMORY, e.getMessage(), text));
        }
    }
}
