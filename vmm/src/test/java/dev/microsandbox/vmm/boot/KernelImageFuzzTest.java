package dev.microsandbox.vmm.boot;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.microsandbox.vmm.SeededCases;
import dev.microsandbox.vmm.memory.GuestLayout;
import dev.microsandbox.vmm.memory.GuestMemory;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Whatever a kernel's headers contain, it is loaded into RAM or refused with a message. */
class KernelImageFuzzTest {

    private static final long GIB = 1L << 30;

    private static final MemorySegment ZEROS =
            MemorySegment.ofArray(new byte[(int) GuestLayout.KERNEL_START]);

    private static @Nullable GuestMemory allocated;
    private static @Nullable Path file;

    /** RAM on both sides of the MMIO gap. */
    @BeforeAll
    static void allocate() throws Exception {
        allocated = GuestMemory.allocate(3 * GIB + 8192);
        file = Files.createTempFile("vmlinux", "");
    }

    @AfterAll
    static void close() throws IOException {
        memory().close();
        Files.delete(file());
    }

    /** Changes some bytes of the headers, usually a whole field. */
    private static void change(ElfFile kernel, SeededCases.Values values) {
        long number = number(values);
        if (values.random().nextInt(5) > 0) {
            kernel.put64(
                    values.oneOf(
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
                    number);
            return;
        }
        int at = values.between(0, ElfFile.HEADERS - 8);
        switch (values.between(0, 2)) {
            case 0 -> kernel.put8(at, (int) number);
            case 1 -> kernel.put16(at, (int) number);
            default -> kernel.put64(at, number);
        }
    }

    private static long number(SeededCases.Values values) {
        return switch (values.random().nextInt(3)) {
            case 0 -> values.random().nextLong();
            case 1 -> values.between(0L, 1000L);
            default ->
                    values.oneOf(
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
                                    Long.MIN_VALUE)
                            + values.between(-300L, 300L);
        };
    }

    @Test
    void anyHeadersAreLoadedIntoRamOrRefused() {
        int cases = 1500;
        AtomicInteger loaded = new AtomicInteger();
        SeededCases.check(
                cases,
                values -> {
                    ElfFile kernel = new ElfFile();
                    for (int left = values.between(1, 4); left > 0; left--) {
                        change(kernel, values);
                    }
                    if (isLoadedIntoRam(kernel.write(file()))) {
                        loaded.incrementAndGet();
                    }
                });
        assertThat(loaded.get()).isBetween(cases * 3 / 100, cases * 70 / 100);
    }

    @FuzzTest
    void anyKernelIsLoadedIntoRamOrRefused(byte[] kernel) throws Exception {
        boolean _ = isLoadedIntoRam(Files.write(file(), kernel));
    }

    /**
     * Whether a kernel was loaded correctly; otherwise checks that it was refused with a message.
     */
    private static boolean isLoadedIntoRam(Path path) throws Exception {
        GuestMemory memory = memory();
        boolean loaded;
        try {
            KernelImage image = KernelImage.load(path, memory);
            assertThat(memory.slice(image.entryPoint(), 1).byteSize()).isEqualTo(1);
            assertThat(image.entryPoint()).isBetween(GuestLayout.KERNEL_START, image.end() - 1);
            assertThat(memory.slice(image.end(), 0).byteSize()).isZero();
            loaded = true;
        } catch (KernelException e) {
            assertThat(e.getMessage()).contains(path.toString()).endsWith(".");
            loaded = false;
        }
        // Our own tables are written there.
        assertThat(memory.slice(0, GuestLayout.KERNEL_START).mismatch(ZEROS)).isEqualTo(-1);
        for (GuestMemory.Region region : memory.regions()) {
            memory.discard(region.guestAddress(), region.size());
        }
        return loaded;
    }

    private static GuestMemory memory() {
        if (allocated == null) {
            throw new IllegalStateException("not allocated");
        }
        return allocated;
    }

    private static Path file() {
        if (file == null) {
            throw new IllegalStateException("not created");
        }
        return file;
    }
}
