package dev.microsandbox.mcp;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import dev.microsandbox.vmm.SandboxFactory;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.net.URISyntaxException;
import java.nio.file.Path;

/** Dependencies point one way. */
@AnalyzeClasses(
        packages = "dev.microsandbox.mcp",
        importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String ROOT = "dev.microsandbox.mcp.";
    private static final String SESSION = ROOT + "session";

    @ArchTest
    static final ArchRule thereAreNoCycles =
            slices().matching(ROOT + "(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule thereAreNoCyclesAmongTheTools =
            slices().matching(ROOT + "tools.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule aToolKnowsNothingOfHowItIsCalled =
            noClasses()
                    .that()
                    .resideInAPackage(ROOT + "tools.*..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage(ROOT + "tools");

    @ArchTest
    static final ArchRule whatToolsShareKnowsNoTool =
            noClasses()
                    .that()
                    .resideInAnyPackage(
                            ROOT + "tools.definition",
                            ROOT + "tools.result",
                            ROOT + "tools.schema",
                            ROOT + "tools.process",
                            ROOT + "tools.output",
                            ROOT + "tools.image",
                            ROOT + "tools.media",
                            ROOT + "tools.path")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            ROOT + "tools.code",
                            ROOT + "tools.command",
                            ROOT + "tools.files",
                            ROOT + "tools.search",
                            ROOT + "tools.computer");

    /** A worker is hostile to its front, which must not do a worker's work. */
    @ArchTest
    static final ArchRule theFrontKnowsNothingOfSessionsToolsAndMachines =
            noClasses()
                    .that()
                    .resideInAnyPackage(ROOT + "front..", ROOT + "supervisor..", ROOT + "seam..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            SESSION + "..",
                            ROOT + "life..",
                            ROOT + "tools..",
                            ROOT + "worker..",
                            "dev.microsandbox.vmm..");

    @ArchTest
    static final ArchRule aWorkerKnowsNothingOfItsFront =
            noClasses()
                    .that()
                    .resideInAPackage(ROOT + "worker..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(ROOT + "front..", ROOT + "supervisor..");

    @ArchTest
    static final ArchRule nothingDependsOnTheCommandLine =
            noClasses()
                    .that()
                    .resideOutsideOfPackage(ROOT + "cli..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage(ROOT + "cli..");

    @ArchTest
    static final ArchRule onlyTheListOfCommandsKnowsTheBenchmarks =
            noClasses()
                    .that()
                    .resideOutsideOfPackage(ROOT + "bench..")
                    .and()
                    .doNotHaveFullyQualifiedName(ROOT + "cli.CommandLines")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage(ROOT + "bench..");

    @ArchTest
    static final ArchRule thereAreNoCyclesAmongTheBenchmarks =
            slices().matching(ROOT + "bench.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule theServerKnowsNoCommands =
            noClasses()
                    .that()
                    .resideInAPackage(ROOT + "server..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(ROOT + "command..", ROOT + "cli..");

    @ArchTest
    static final ArchRule transportsKnowNoTools =
            noClasses()
                    .that()
                    .resideInAPackage(ROOT + "transport..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(ROOT + "tools..", ROOT + "session..", ROOT + "config..");

    /** It faces clients and hostile workers, so it must not hold what is worth to be stolen. */
    @ArchTest
    static final ArchRule theFrontKnowsNoSessionsAndNoMachines =
            noClasses()
                    .that()
                    .resideInAPackage(ROOT + "front..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            ROOT + "tools..",
                            ROOT + "session..",
                            ROOT + "life..",
                            ROOT + "config..",
                            "dev.microsandbox.vmm..");

    @ArchTest
    static final ArchRule toolsKnowSessionsOnly =
            noClasses()
                    .that()
                    .resideInAPackage(ROOT + "tools..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(ROOT + "transport..", ROOT + "auth..", ROOT + "config..");

    @ArchTest
    static final ArchRule sessionsKnowNeitherToolsNorTransports =
            noClasses()
                    .that()
                    .resideInAPackage(ROOT + "session..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            ROOT + "tools..",
                            ROOT + "transport..",
                            ROOT + "auth..",
                            ROOT + "config..");

    /**
     * The order of the session packages: limits, then disk and supply, which do not depend on each
     * other, then computers, then sessions.
     */
    @ArchTest
    static final ArchRule aSessionsPartsDependOneWay =
            layeredArchitecture()
                    .consideringOnlyDependenciesInAnyPackage(SESSION + "..")
                    .layer("sessions")
                    .definedBy(SESSION)
                    .layer("computer")
                    .definedBy(SESSION + ".computer")
                    .layer("supply")
                    .definedBy(SESSION + ".supply")
                    .layer("disk")
                    .definedBy(SESSION + ".disk")
                    .layer("limits")
                    .definedBy(SESSION + ".limits")
                    .whereLayer("sessions")
                    .mayNotBeAccessedByAnyLayer()
                    .whereLayer("computer")
                    .mayOnlyBeAccessedByLayers("sessions")
                    .whereLayer("supply")
                    .mayOnlyBeAccessedByLayers("sessions", "computer")
                    .whereLayer("disk")
                    .mayOnlyBeAccessedByLayers("sessions", "computer");

    @ArchTest
    static final ArchRule theConfigurationStandsAlone =
            noClasses()
                    .that()
                    .resideInAPackage(ROOT + "config..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            ROOT + "tools..",
                            ROOT + "transport..",
                            ROOT + "auth..",
                            ROOT + "session..");

    @ArchTest
    static final ArchRule onlyExportedPackagesOfTheLibraryAreUsed =
            noClasses()
                    .should()
                    .dependOnClassesThat(
                            resideInAPackage("dev.microsandbox.vmm..")
                                    .and(not(resideInAnyPackage(exportedByTheLibrary()))));

    /** Checks the module descriptor, which the class path ignores. */
    private static String[] exportedByTheLibrary() {
        try {
            Path library =
                    Path.of(
                            SandboxFactory.class
                                    .getProtectionDomain()
                                    .getCodeSource()
                                    .getLocation()
                                    .toURI());
            return ModuleFinder.of(library)
                    .find("dev.microsandbox.vmm")
                    .orElseThrow()
                    .descriptor()
                    .exports()
                    .stream()
                    .map(ModuleDescriptor.Exports::source)
                    .toArray(String[]::new);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
