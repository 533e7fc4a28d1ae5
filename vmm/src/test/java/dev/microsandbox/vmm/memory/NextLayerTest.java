package dev.microsandbox.vmm.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.linux.Extent;
import dev.microsandbox.vmm.linux.OpenFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is written of changed RAM, and over which files, so that an image stays cheap to map and to
 * store.
 */
@Timeout(60)
class NextLayerTest {

    private static final long PAGE = GuestLayout.PAGE_SIZE;
    private static final long SIZE = 64 << 20;
    private static final int PAGES = (int) (SIZE / PAGE);

    @TempDir Path directory;

    @SafeVarargs
    private MemoryImage image(List<Extent>... changes) throws Exception {
        // Nothing reads the file.
        try (OpenFile file = OpenFile.create(directory.resolve("none"), 0600, 0)) {
            List<MemoryImage.Layer> layers = new ArrayList<>();
            layers.add(new MemoryImage.Layer(file, List.of(pages(0, PAGES))));
            for (List<Extent> extents : changes) {
                layers.add(new MemoryImage.Layer(file, extents));
            }
            return new MemoryImage(SIZE, layers);
        }
    }

    private static Extent pages(long from, long count) {
        return new Extent(from * PAGE, count * PAGE);
    }

    /** Single pages at the given distance. */
    private static List<Extent> scattered(int count, int distance) {
        List<Extent> extents = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            extents.add(pages((long) i * distance, 1));
        }
        return extents;
    }

    private static MemoryImage with(MemoryImage image, NextLayer next) {
        List<MemoryImage.Layer> layers = new ArrayList<>(image.layers().subList(0, next.kept()));
        layers.add(new MemoryImage.Layer(image.base().file(), next.extents()));
        return new MemoryImage(image.size(), layers);
    }

    @Test
    void whatWasWrittenGoesOverAllFiles() throws Exception {
        MemoryImage image = image(List.of(pages(5, 10)), List.of(pages(40, 2)));
        List<Extent> written = List.of(pages(7, 1), pages(41, 5));
        assertThat(NextLayer.choose(image, 3, written)).isEqualTo(new NextLayer(3, written));
        assertThat(NextLayer.choose(image, 3, List.of())).isEqualTo(new NextLayer(3, List.of()));
    }

    @Test
    void filesThatCannotBeKeptAreWrittenWithIt() throws Exception {
        MemoryImage image = image(List.of(pages(5, 10)), List.of(pages(40, 2)));
        List<Extent> written = List.of(pages(7, 1), pages(41, 5));
        assertThat(NextLayer.choose(image, 2, written))
                .isEqualTo(new NextLayer(2, List.of(pages(7, 1), pages(40, 6))));
        assertThat(NextLayer.choose(image, 1, written))
                .isEqualTo(new NextLayer(1, List.of(pages(5, 10), pages(40, 6))));
        assertThat(NextLayer.choose(image, 0, written))
                .isEqualTo(new NextLayer(0, List.of(pages(0, PAGES))));
    }

    @Test
    void afterAsManyFilesAsThereMayBeAllOverTheLowestBecomeOne() throws Exception {
        MemoryImage image = image();
        for (int i = 1; i < MemoryImage.MOST_LAYERS; i++) {
            List<Extent> written = List.of(pages(100L * i, 10));
            NextLayer next = NextLayer.choose(image, i, written);
            assertThat(next).isEqualTo(new NextLayer(i, written));
            image = with(image, next);
        }
        NextLayer next = NextLayer.choose(image, MemoryImage.MOST_LAYERS, List.of(pages(0, 1)));
        assertThat(next.kept()).isEqualTo(1);
        assertThat(next.extents()).hasSize(MemoryImage.MOST_LAYERS);
        assertThat(Extents.bytes(next.extents()))
                .isEqualTo((10L * (MemoryImage.MOST_LAYERS - 1) + 1) * PAGE);
    }

    /**
     * However scattered the pages are, there is room for later layers, and little more is written.
     */
    @Test
    void scatteredPagesAreFewRanges() throws Exception {
        MemoryImage image = image();
        NextLayer next = NextLayer.choose(image, 1, scattered(PAGES / 4, 4));
        assertThat(next.kept()).isEqualTo(1);
        assertThat(next.extents()).hasSizeLessThanOrEqualTo(MemoryImage.MOST_PIECES / 2);
        image = with(image, next);
        // A few more pages later cost only a few more pages.
        for (int i = 0; i < 5; i++) {
            List<Extent> few = List.of(pages(1 + 300L * i, 1), pages(9_000 + 700L * i, 3));
            next = NextLayer.choose(image, image.layers().size(), few);
            assertThat(next).isEqualTo(new NextLayer(image.layers().size(), few));
            image = with(image, next);
        }
    }

    /** If there are too many ranges, the least is written that reduces their number. */
    @Test
    void rangesNeverRunOut() throws Exception {
        Random random = new Random(1);
        MemoryImage image = image();
        long dirtied = 0;
        long bytes = 0;
        for (int i = 0; i < 200; i++) {
            List<Extent> written = new ArrayList<>();
            for (int j = 0; j < 300; j++) {
                written.add(pages(random.nextInt(PAGES), 1));
            }
            written = Extents.union(written, List.of());
            NextLayer next = NextLayer.choose(image, image.layers().size(), written);
            image = with(image, next);
            assertThat(image.pieces()).hasSizeLessThanOrEqualTo(MemoryImage.MOST_PIECES);
            assertThat(image.layers()).hasSizeLessThanOrEqualTo(MemoryImage.MOST_LAYERS);
            assertThat(next.extents()).isNotEmpty();
            assertThat(Extents.union(next.extents(), written)).isEqualTo(next.extents());
            dirtied += Extents.bytes(written);
            bytes += Extents.bytes(next.extents());
        }
        System.err.printf("dirtied %d KiB, written %d KiB%n", dirtied >> 10, bytes >> 10);
    }

    /** The files above the lowest hold at most twice the RAM, including covered ranges. */
    @Test
    void whatIsCoveredIsBounded() throws Exception {
        MemoryImage image = image();
        for (int i = 0; i < 40; i++) {
            List<Extent> half = List.of(pages(0, PAGES / 2));
            image = with(image, NextLayer.choose(image, image.layers().size(), half));
            long stored = 0;
            for (MemoryImage.Layer layer : image.layers().subList(1, image.layers().size())) {
                stored += Extents.bytes(layer.extents());
            }
            assertThat(stored).isLessThanOrEqualTo(2 * SIZE);
        }
    }

    /** Compares with a simple list of the file of each page. */
    @Test
    void piecesAreWhatIsOnTop() throws Exception {
        Random random = new Random(2);
        int pages = 60;
        for (int round = 0; round < 500; round++) {
            int[] owners = new int[pages];
            List<List<Extent>> changes = new ArrayList<>();
            for (int layer = 1; layer < 5; layer++) {
                List<Extent> extents = new ArrayList<>();
                for (int at = random.nextInt(20); at < pages; at += 1 + random.nextInt(20)) {
                    int count = Math.min(1 + random.nextInt(15), pages - at);
                    extents.add(pages(at, count));
                    Arrays.fill(owners, at, at + count, layer);
                    at += count;
                }
                changes.add(extents);
            }
            List<MemoryImage.Piece> pieces = List.of();
            for (int layer = 1; layer < 5; layer++) {
                pieces = MemoryImage.laidOver(pieces, layer, changes.get(layer - 1));
            }
            int[] found = new int[pages];
            long end = 0;
            for (MemoryImage.Piece piece : pieces) {
                assertThat(piece.range().offset()).isGreaterThanOrEqualTo(end);
                assertThat(piece.range().length()).isPositive();
                end = piece.range().end();
                Arrays.fill(
                        found,
                        (int) (piece.range().offset() / PAGE),
                        (int) (end / PAGE),
                        piece.layer());
            }
            assertThat(found).isEqualTo(owners);
            assertThat(MemoryImage.pieceCount(changes)).isEqualTo(pieces.size());
        }
    }
}
