package dev.microsandbox.vmm.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.microsandbox.vmm.linux.Extent;
import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.linux.MappingBudget;
import dev.microsandbox.vmm.linux.OpenFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** RAM of many parts, where the process may have few mappings. */
@Timeout(30)
class MappingLimitTest {

    private static final long PAGE = GuestLayout.PAGE_SIZE;
    private static final long SIZE = 2048 * PAGE;

    /** Of a machine, besides those of its RAM. */
    private static final int OTHERS = 40;

    @TempDir Path directory;

    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable one : open.reversed()) {
            one.close();
        }
    }

    private <T extends AutoCloseable> T keep(T one) {
        open.add(one);
        return one;
    }

    /** An image whose second file holds every other of the first pages. */
    private MemoryImage image(int pieces) throws Exception {
        OpenFile base = keep(OpenFile.create(directory.resolve("base" + pieces), 0600, SIZE));
        OpenFile top = keep(OpenFile.create(directory.resolve("top" + pieces), 0600, SIZE));
        List<Extent> changes = new ArrayList<>();
        for (int i = 0; i < pieces; i++) {
            changes.add(new Extent(2L * i * PAGE, PAGE));
        }
        return new MemoryImage(
                SIZE,
                List.of(
                        new MemoryImage.Layer(base, List.of(new Extent(0, SIZE))),
                        new MemoryImage.Layer(top, changes)));
    }

    private static long mapped(GuestMemory memory) throws Exception {
        long from = memory.regions().getFirst().segment().address();
        long to = from + SIZE;
        return Files.readAllLines(Path.of("/proc/self/maps")).stream()
                .mapToLong(line -> Long.parseUnsignedLong(line.split("-", 2)[0], 16))
                .filter(begin -> begin >= from && begin < to)
                .count();
    }

    @Test
    void aCloneTakesWhatItsMemoryMaps() throws Exception {
        MappingBudget budget = new MappingBudget(10_000);
        GuestMemory memory = keep(GuestMemory.copyOf(image(100), budget));
        assertThat(budget.taken()).isEqualTo(OTHERS + 201);
        assertThat(mapped(memory)).isBetween(200L, 201L);
        memory.close();
        assertThat(budget.taken()).isZero();
    }

    @Test
    void aCloneThatIsOneTooManyIsRefusedInWords() throws Exception {
        MemoryImage image = image(100);
        MappingBudget budget = new MappingBudget(2 * (OTHERS + 201) + 100);
        keep(GuestMemory.copyOf(image, budget));
        GuestMemory second = keep(GuestMemory.copyOf(image, budget));
        assertThatExceptionOfType(LinuxException.class)
                .isThrownBy(() -> GuestMemory.copyOf(image, budget).close())
                .withMessageContaining("where 482 of 582 mappings are taken")
                .withMessageContaining(
                        "end sandboxes, or raise the limit: sysctl vm.max_map_count");
        second.close();
        keep(GuestMemory.copyOf(image, budget));
    }

    @Test
    void aRollbackThatNeedsMoreIsRefusedAndChangesNothing() throws Exception {
        MappingBudget budget = new MappingBudget(OTHERS + 101);
        GuestMemory memory = keep(GuestMemory.copyOf(image(10), budget));
        memory.putU64(0x3000, 7);
        MemoryImage large = image(51);
        assertThatExceptionOfType(LinuxException.class)
                .isThrownBy(() -> memory.makeRoomFor(large))
                .withMessageContaining("vm.max_map_count");
        assertThat(memory.u64(0x3000)).isEqualTo(7);
        MemoryImage fits = image(50);
        memory.makeRoomFor(fits);
        memory.resetTo(fits);
        assertThat(memory.u64(0x3000)).isZero();
        assertThat(budget.taken()).isEqualTo(OTHERS + 101);
    }

    /** A checkpoint is never refused: it stores more, in fewer parts. */
    @Test
    void aCheckpointThatWouldNeedMoreIsMerged() throws Exception {
        for (int room : new int[] {2000, 300, 60, 0}) {
            MappingBudget budget = new MappingBudget(OTHERS + 1 + room);
            MemoryImage first = image(0);
            try (GuestMemory memory = GuestMemory.copyOf(first, budget)) {
                for (int i = 0; i < 300; i++) {
                    memory.putU64((5L * i + 1) * PAGE, i + 1);
                }
                NextLayer next = memory.changes(first.layers().size());
                OpenFile file = keep(OpenFile.create(directory.resolve("next" + room), 0600, SIZE));
                memory.write(next, file);
                List<MemoryImage.Layer> layers =
                        new ArrayList<>(first.layers().subList(0, next.kept()));
                layers.add(new MemoryImage.Layer(file, next.extents()));
                memory.rebaseOn(new MemoryImage(SIZE, layers));
                assertThat(mapped(memory)).as("with room for %d", room).isBetween(1L, room + 1L);
                assertThat(budget.taken()).isLessThanOrEqualTo(budget.most());
                for (int i = 0; i < 300; i++) {
                    assertThat(memory.u64((5L * i + 1) * PAGE)).isEqualTo(i + 1);
                }
                assertThat(Objects.requireNonNull(memory.image()).layers())
                        .hasSize(next.kept() + 1);
            }
            assertThat(budget.taken()).isZero();
            Files.delete(directory.resolve("base0"));
            Files.delete(directory.resolve("top0"));
        }
    }

    /** The limit of this host, of which the JVM keeps a part. */
    @Test
    void theProcessHasTheKernelsLimit() throws Exception {
        Path setting = Path.of("/proc/sys/vm/max_map_count");
        int limit = Integer.parseInt(Files.readAllLines(setting).getFirst());
        assertThat(limit).isGreaterThan(1000);
        assertThat(MappingBudget.PROCESS.most()).isLessThan(limit).isGreaterThan(limit / 2);
        int before = MappingBudget.PROCESS.taken();
        try (GuestMemory _ = GuestMemory.allocate(PAGE)) {
            assertThat(MappingBudget.PROCESS.taken()).isEqualTo(before + OTHERS + 1);
        }
        assertThat(MappingBudget.PROCESS.taken()).isEqualTo(before);
    }
}
