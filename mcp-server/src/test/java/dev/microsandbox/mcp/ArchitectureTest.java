package dev.microsandbox.mcp;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Dependencies point one way. */
@AnalyzeClasses(
        packages = "dev.microsandbox.mcp",
        importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String ROOT = "dev.microsandbox.mcp.";

    @ArchTest
    static final ArchRule thereAreNoCycles =
            slices().matching(ROOT + "(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule nothingDependsOnTheCommandLine =
            noClasses()
                    .that()
                    .resideOutsideOfPackage(ROOT + "cli..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage(ROOT + "cli..");

    @ArchTest
    static final ArchRule transportsKnowNoTools =
            noClasses()
                    .that()
                    .resideInAPackage(ROOT + "transport..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(ROOT + "tools..", ROOT + "session..", ROOT + "config..");

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
                                    .and(
                                            not(
                                                    resideInAnyPackage(
                                                            "dev.microsandbox.vmm",
                                                            "dev.microsandbox.vmm.host",
                                                            "dev.microsandbox.vmm.image",
                                                            "dev.microsandbox.vmm.storage",
                                                            "dev.microsandbox.vmm.template"))));
}
