package dev.microsandbox.vmm.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.memory.GuestLayout;
import dev.microsandbox.vmm.memory.GuestMemory;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.AfterProperty;
import net.jqwik.api.lifecycle.BeforeProperty;
import net.jqwik.api.statistics.Statistics;
import org.jspecify.annotations.Nullable;

/** Whatever a kernel's headers say, it is loaded into RAM or refused in words. */
class KernelImageFuzzTest {

    private static final long GIB = 1L << 30;

    private static final MemorySegment ZEROS =
            MemorySegment.ofArray(new byte[(int) GuestLayout.KERNEL_START]);

    private @Nullable GuestMemory allocated;
    private @Nullable Path file;

    /** RAM on both sides of the MMIO gap. */
    @BeforeProperty
    void allocate() throws Exception {
        allocated = GuestMemory.allocate(3 * GIB + 8192);
        file = Files.createTempFile("vmlinux", "");
    }

    @AfterProperty
    void close() throws IOException {
        memory().close();
        Files.delete(file());
    }

    /** A change of some bytes of the headers. */
    record Change(int at, int size, long value) {

        void apply(ElfFile kernel) {
            switch (size) {
                case 1 -> kernel.put8(at, (int) value);
                case 2 -> kernel.put16(at, (int) value);
                default -> kernel.put64(at, value);
            }
        }
    }

    @Provide
    Arbitrary<List<Change>> changes() {
        Arbitrary<Change> anywhere =
                Combinators.combine(
                                Arbitraries.integers().between(0, ElfFile.HEADERS - 8),
                                Arbitraries.of(1, 2, 8),
                                numbers())
                        .as(Change::new);
        Arbitrary<Change> field =
                Combinators.combine(
                                Arbitraries.of(
                                        ElfFile.ENTRY,
                                        ElfFile.SEGMENTS_OFFSET,
                                        ElfFile.at(0, ElfFile.FILE_OFFSET),
                                        ElfFile.at(0, ElfFile.ADDRESS),
                                        ElfFile.at(0, ElfFile.FILE_BYTES),
                                        ElfFile.at(0, ElfFile.MEMORY_BYTES),
                                        ElfFile.at(2, ElfFile.FILE_OFFSET),
                                        ElfFile.at(2, ElfFile.ADDRESS),
                                        ElfFile.at(2, ElfFile.FILE_BYTES),
                                        ElfFile.at(2, ElfFile.MEMORY_BYTES)),
                                Arbitraries.just(8),
                                numbers())
                        .as(Change::new);
        return Arbitraries.frequencyOf(Tuple.of(1, anywhere), Tuple.of(4, field))
                .list()
                .ofMinSize(1)
                .ofMaxSize(4);
    }

    private static Arbitrary<Long> numbers() {
        Arbitrary<Long> borders =
                Arbitraries.of(
                        0L,
                        64L,
                        400L,
                        GuestLayout.KERNEL_START,
                        ElfFile.CODE_ADDRESS,
                        ElfFile.DATA_ADDRESS,
                        GuestLayout.MMIO_GAP_START,
                        GuestLayout.MMIO_GAP_END,
                        GuestLayout.MMIO_GAP_END + 8192,
                        GIB,
                        3 * GIB + 8192,
                        Long.MAX_VALUE,
                        Long.MIN_VALUE);
        return Arbitraries.oneOf(
                Arbitraries.longs(),
                Arbitraries.longs().between(0, 1000),
                borders.flatMap(
                        border ->
                                Arbitraries.longs()
                                        .between(-300, 300)
                                        .map(distance -> border + distance)));
    }

    @Property(tries = 1500)
    void anyHeadersAreLoadedIntoRamOrRefused(@ForAll("changes") List<Change> changes)
            throws Exception {
        ElfFile kernel = new ElfFile();
        changes.forEach(change -> change.apply(kernel));
        Path path = kernel.write(file());
        GuestMemory memory = memory();
        try {
            KernelImage image = KernelImage.load(path, memory);
            assertThat(memory.slice(image.entryPoint(), 1).byteSize()).isEqualTo(1);
            assertThat(image.entryPoint()).isBetween(GuestLayout.KERNEL_START, image.end() - 1);
            assertThat(memory.slice(image.end(), 0).byteSize()).isZero();
            Statistics.collect("loaded");
        } catch (KernelException e) {
            assertThat(e.getMessage()).contains(path.toString()).endsWith(".");
            Statistics.collect("refused");
        }
        // Our own tables come there.
        assertThat(memory.slice(0, GuestLayout.KERNEL_START).mismatch(ZEROS)).isEqualTo(-1);
        for (GuestMemory.Region region : memory.regions()) {
            memory.discard(region.guestAddress(), region.size());
        }
        Statistics.coverage(
                outcomes -> {
                    outcomes.check("loaded").percentage(share -> share > 3);
                    outcomes.check("refused").percentage(share -> share > 30);
                });
    }

    private GuestMemory memory() {
        if (allocated == null) {
            throw new IllegalStateException("not allocated");
        }
        return allocated;
    }

    private Path file() {
        if (file == null) {
            throw new IllegalStateException("not created");
        }
        return file;
    }
}
