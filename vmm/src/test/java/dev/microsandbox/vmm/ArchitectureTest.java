package dev.microsandbox.vmm;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysFalse;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import dev.microsandbox.vmm.linux.Errno;
import dev.microsandbox.vmm.linux.Extent;
import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.linux.Mapping;
import dev.microsandbox.vmm.linux.OpenFile;
import dev.microsandbox.vmm.memory.GuestMemory;
import dev.microsandbox.vmm.memory.GuestRange;
import dev.microsandbox.vmm.memory.RingMemory;
import dev.microsandbox.vmm.snapshot.DiskUse;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.Arrays;
import java.util.Set;

/**
 * Dependencies point one way: host → template → agent → machine; host → kvmmachine, qemu → machine,
 * launch → linux; kvmmachine → snapshot, boot → virtio, kvm → memory → linux; snapshot, kvm →
 * launch. Each rule lists everything that a package may use of this module.
 */
@AnalyzeClasses(
        packages = "dev.microsandbox.vmm",
        importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String ROOT = "dev.microsandbox.vmm";

    private static final DescribedPredicate<JavaClass> THE_API = resideInAPackage(ROOT);

    @ArchTest
    static final ArchRule thereAreNoCycles =
            slices().matching(ROOT + ".(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule nothingButTheJdk =
            classes()
                    .should()
                    .onlyDependOnClassesThat()
                    .resideInAnyPackage(
                            "java..", "jdk.jfr", ROOT + "..", "org.jspecify.annotations..");

    @ArchTest static final ArchRule theApiStandsAlone = of("", alwaysFalse());

    // The parts of a virtual machine.

    @ArchTest static final ArchRule linuxStandsAlone = of(".linux", alwaysFalse());

    @ArchTest static final ArchRule controlGroupsStandAlone = of(".cgroup", alwaysFalse());

    @ArchTest static final ArchRule theLauncherIsOnLinux = of(".launch", in("linux"));

    @ArchTest static final ArchRule storageStandsAlone = of(".storage", alwaysFalse());

    @ArchTest static final ArchRule theBytesOfStatesStandAlone = of(".state", alwaysFalse());

    /** The launcher opens the device for a process that may not. */
    @ArchTest static final ArchRule kvmIsOnLinux = of(".kvm", in("launch", "linux", "state"));

    @ArchTest static final ArchRule memoryIsOnLinux = of(".memory", in("linux"));

    @ArchTest static final ArchRule bootingIsWritingMemory = of(".boot", in("memory", "linux"));

    @ArchTest
    static final ArchRule devicesKnowNoKvm = of(".virtio", in("memory", "linux", "state"));

    /** The launcher links the files of others for a process that may not. */
    @ArchTest
    static final ArchRule aSnapshotKnowsNoMachine =
            of(".snapshot", in("virtio", "kvm", "memory", "storage", "state", "launch", "linux"));

    @ArchTest
    static final ArchRule whatMachinesShareKnowsNoneOfThem =
            of(".machine", THE_API.or(in("linux")));

    @ArchTest
    static final ArchRule aMachineKnowsNoAgentAndNoHost =
            of(
                    ".kvmmachine",
                    THE_API.or(
                            in(
                                    "machine",
                                    "snapshot",
                                    "virtio",
                                    "boot",
                                    "kvm",
                                    "memory",
                                    "cgroup",
                                    "linux")));

    // The packages that use virtual machines.

    @ArchTest
    static final ArchRule qemuSharesWhatMachinesHaveInCommon =
            of(
                    ".qemu",
                    THE_API
                            // A template consists of files, one of which is the memory.
                            .or(in("machine", "storage", "cgroup", "launch", "linux")));

    @ArchTest static final ArchRule aProcessConfinesItselfByLinux = of(".confine", in("linux"));

    @ArchTest
    static final ArchRule theAgentKnowsMachinesByTheirInterface =
            of(".agent", THE_API.or(in("machine", "agent.stream")));

    @ArchTest
    static final ArchRule whatIsHeldOfAStreamDependsOnNoMeaning =
            of(".agent.stream", alwaysFalse());

    @ArchTest
    static final ArchRule imagesAreFilesAndKnowNoMachine =
            of(
                    ".image",
                    THE_API.or(
                            in(
                                    "storage",
                                    "image.store",
                                    "image.build",
                                    "image.recipe",
                                    "image.source")));

    @ArchTest
    static final ArchRule aStoreOfImagesKnowsHowTheyAreBuilt =
            of(".image.store", THE_API.or(in("storage", "image.build", "image.source")));

    @ArchTest
    static final ArchRule imagesAreBuiltFromRecipesAndSources =
            of(".image.build", THE_API.or(in("storage", "image.recipe", "image.source")));

    @ArchTest
    static final ArchRule recipesAreTextAboutSources =
            of(".image.recipe", THE_API.or(in("image.source")));

    @ArchTest
    static final ArchRule theSourcesOfImagesStandAlone =
            of(".image.source", THE_API.or(in("storage")));

    /** {@link dev.microsandbox.vmm.image.InstallationAssets} is compiled without the rest. */
    @ArchTest
    static final ArchRule imagesNeedOfTheApiTheirExceptionAndProgress =
            classes()
                    .that()
                    .resideInAPackage(ROOT + ".image..")
                    .should()
                    .onlyDependOnClassesThat(
                            DescribedPredicate.not(THE_API)
                                    .or(type(ImageException.class))
                                    .or(type(SandboxException.class))
                                    .or(type(Progress.class)));

    @ArchTest
    static final ArchRule templatesAreOfMachinesWithAnAgent =
            of(
                    ".template",
                    THE_API.or(in("machine", "agent", "storage"))
                            .or(type(OpenFile.class))
                            .or(type(Extent.class)));

    @ArchTest
    static final ArchRule theHostPutsThemTogether =
            of(
                    ".host",
                    THE_API.or(
                                    in(
                                            "machine",
                                            "kvmmachine",
                                            "qemu",
                                            "launch",
                                            "agent",
                                            "image",
                                            "kvm",
                                            "confine",
                                            "template"))
                            .or(type(DiskUse.class))
                            .or(type(LinuxException.class))
                            .or(type(Errno.class)));

    // Native code.

    @ArchTest
    static final ArchRule onlyLinuxCallsNativeCode =
            noClasses()
                    .that()
                    .resideOutsideOfPackage(ROOT + ".linux")
                    .should()
                    .dependOnClassesThat(
                            type(Linker.class)
                                    .or(type(Linker.Option.class))
                                    .or(type(SymbolLookup.class)));

    @ArchTest
    static final ArchRule onlyLinuxMakesMemoryOfAnAddress =
            noClasses()
                    .that()
                    .resideOutsideOfPackage(ROOT + ".linux")
                    .should()
                    .callMethodWhere(
                            DescribedPredicate.describe(
                                    "the target is MemorySegment.reinterpret",
                                    call -> call.getTarget().getName().equals("reinterpret")));

    // Guest memory, of which any access may be a fault: see GuardedAccess.

    @ArchTest
    static final ArchRule onlyThePackageOfMemoryHasItsSegments =
            noClasses()
                    .that()
                    .resideOutsideOfPackage(ROOT + ".memory")
                    .should()
                    .callMethod(GuestMemory.class, "slice", long.class, long.class);

    @ArchTest
    static final ArchRule onlyKvmGetsWholeRegions =
            noClasses()
                    .that()
                    .resideOutsideOfPackage(ROOT + ".memory")
                    .and()
                    .haveNameNotMatching(".*\\.kvmmachine\\.(Machine|KernelModeSpeed)")
                    .should()
                    .callMethod(GuestMemory.Region.class, "segment");

    /** The vCPU's is shared with KVM, which never cuts it. */
    @ArchTest
    static final ArchRule onlyMemoryAndVcpusUseMappings =
            noClasses()
                    .that()
                    .resideOutsideOfPackage(ROOT + ".memory")
                    .and()
                    .haveNameNotMatching(".*\\.kvm\\.Vcpu")
                    .should()
                    .callMethod(Mapping.class, "segment");

    @ArchTest
    static final ArchRule onlyGuardedAccessesTouchIt =
            noClasses()
                    .that()
                    .belongToAnyOf(GuestMemory.class, GuestRange.class, RingMemory.class)
                    .should()
                    .callMethodWhere(
                            DescribedPredicate.describe(
                                    "the target is a method of MemorySegment that accesses memory",
                                    call ->
                                            call.getTargetOwner()
                                                            .isEquivalentTo(MemorySegment.class)
                                                    && !Set.of(
                                                                    "asSlice",
                                                                    "byteSize",
                                                                    "address",
                                                                    "ofArray")
                                                            .contains(call.getTarget().getName())));

    /** Who uses it must see to the faults of many accesses at once. */
    @ArchTest
    static final ArchRule onlyQueuesPutTheCheckOff =
            noClasses()
                    .that()
                    .resideOutsideOfPackage(ROOT + ".memory")
                    .and()
                    .haveNameNotMatching(".*\\.virtio\\.Virtqueue")
                    .should()
                    .dependOnClassesThat(type(RingMemory.class));

    /**
     * The packages of this module that a package may use, in addition to itself.
     *
     * @param name of the package, relative to this module's root package
     */
    private static ArchRule of(String name, DescribedPredicate<JavaClass> others) {
        DescribedPredicate<JavaClass> elsewhere =
                DescribedPredicate.not(resideInAPackage(ROOT + ".."));
        return classes()
                .that()
                .resideInAPackage(ROOT + name)
                .should()
                .onlyDependOnClassesThat(elsewhere.or(resideInAPackage(ROOT + name)).or(others));
    }

    private static DescribedPredicate<JavaClass> in(String... names) {
        return resideInAnyPackage(
                Arrays.stream(names).map(name -> ROOT + "." + name).toArray(String[]::new));
    }
}
