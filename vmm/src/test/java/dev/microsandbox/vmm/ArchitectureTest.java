package dev.microsandbox.vmm;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Dependencies point one way: launching → machines → agent → the public API. */
@AnalyzeClasses(
        packages = "dev.microsandbox.vmm",
        importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String ROOT = "dev.microsandbox.vmm";

    @ArchTest
    static final ArchRule nothingButTheJdk =
            classes()
                    .should()
                    .onlyDependOnClassesThat()
                    .resideInAnyPackage("java..", ROOT + "..", "org.jspecify.annotations..");

    @ArchTest
    static final ArchRule theApiStandsAlone =
            noClasses()
                    .that()
                    .resideInAPackage(ROOT)
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage(ROOT + ".*..");

    @ArchTest
    static final ArchRule theAgentKnowsNoMachine =
            noClasses()
                    .that()
                    .resideInAnyPackage(ROOT + ".agent..", ROOT + ".machine..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(ROOT + ".qemu..", ROOT + ".host..", ROOT + ".image..");

    @ArchTest
    static final ArchRule machinesDoNotKnowTheAgent =
            noClasses()
                    .that()
                    .resideInAPackage(ROOT + ".qemu..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(ROOT + ".agent..", ROOT + ".host..", ROOT + ".image..");

    @ArchTest
    static final ArchRule onlyTheHostPackageAndMachinesKnowQemu =
            noClasses()
                    .that()
                    .resideOutsideOfPackages(ROOT + ".qemu..", ROOT + ".host..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage(ROOT + ".qemu..");

    @ArchTest
    static final ArchRule imagesAreFilesAndKnowNoMachine =
            noClasses()
                    .that()
                    .resideInAPackage(ROOT + ".image..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            ROOT + ".agent..",
                            ROOT + ".qemu..",
                            ROOT + ".host..",
                            ROOT + ".machine..");
}
