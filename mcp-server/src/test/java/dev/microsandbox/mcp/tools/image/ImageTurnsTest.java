package dev.microsandbox.mcp.tools.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One namespace has many large images, and another one has a figure. */
@Timeout(60)
class ImageTurnsTest {

    private static final Duration LONG = Duration.ofMinutes(5);

    /** A black image, which compresses well and takes a good part of a second to reduce. */
    private static byte[] large() throws IOException {
        return png(7000, 7000);
    }

    private static byte[] png(int width, int height) throws IOException {
        var bytes = new ByteArrayOutputStream();
        var image = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
        ImageIO.write(image, "png", bytes);
        return bytes.toByteArray();
    }

    @Test
    void oneNamespacesImagesKeepNobodyElsesWaiting() throws Exception {
        byte[] large = large();
        byte[] figure = png(2100, 100);
        AtomicInteger done = new AtomicInteger();
        AtomicInteger ended = new AtomicInteger();
        List<Thread> flood = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            flood.add(
                    Thread.startVirtualThread(
                            () -> {
                                try {
                                    ImageWork.during(
                                            "flood", LONG, LONG, () -> ShownImage.of(large));
                                    done.incrementAndGet();
                                } catch (ImageTimeException e) {
                                    ended.incrementAndGet();
                                }
                            }));
        }
        await().until(() -> PngReducer.TURNS.waiting() == 63);
        int before = done.get();
        ImageWork.during("other", () -> assertThat(ShownImage.of(figure)).isPresent());
        assertThat(done.get() - before).isLessThanOrEqualTo(1);

        // The cancelled calls end, the one whose image is being reduced included.
        flood.forEach(Thread::interrupt);
        for (Thread thread : flood) {
            assertThat(thread.join(Duration.ofSeconds(10))).isTrue();
        }
        assertThat(done.get() + ended.get()).isEqualTo(64);
        assertThat(ended.get()).isGreaterThan(50);
        assertThat(ImageWork.during("next", () -> ShownImage.of(figure))).isPresent();
    }

    @Test
    void aCancelledCallStopsTheWork() throws Exception {
        byte[] tall = tall();
        AtomicBoolean interrupted = new AtomicBoolean();
        Thread call =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    assertThatThrownBy(
                                                    () ->
                                                            ImageWork.during(
                                                                    "a",
                                                                    LONG,
                                                                    LONG,
                                                                    () -> ShownImage.of(tall)))
                                            .isInstanceOf(ImageTimeException.class);
                                    interrupted.set(Thread.currentThread().isInterrupted());
                                });
        await().until(() -> call.getState() == Thread.State.WAITING);
        call.interrupt();
        assertThat(call.join(Duration.ofSeconds(5))).isTrue();
        assertThat(interrupted).isTrue();
        // The turn is free as soon as the decoder has stopped.
        assertThat(PngReducer.TURNS.take("b", TimeUnit.SECONDS.toNanos(5))).isTrue();
        PngReducer.TURNS.release();
    }

    @Test
    void whatTakesTooLongIsLeftOut() throws Exception {
        byte[] large = large();
        ImageWork.during(
                "a",
                Duration.ofMillis(20),
                LONG,
                () -> {
                    assertThatThrownBy(() -> ShownImage.of(large))
                            .isInstanceOf(ImageTimeException.class)
                            .hasMessage("it takes too long to make smaller");
                    assertThatThrownBy(() -> ShownImage.of(large))
                            .hasMessage("the images of this call take too long to make smaller");
                    return true;
                });
        assertThat(PngReducer.TURNS.take("b", TimeUnit.SECONDS.toNanos(5))).isTrue();
        try {
            ImageWork.during(
                    "c",
                    LONG,
                    Duration.ofMillis(1),
                    () ->
                            assertThatThrownBy(() -> ShownImage.of(large))
                                    .hasMessage("the server has too many images to make smaller"));
        } finally {
            PngReducer.TURNS.release();
        }
        assertThat(PngReducer.TURNS.waiting()).isZero();
    }

    /** An image of a million empty parts, which a decoder reads within a single row. */
    @Test
    void anImageOfManyEmptyPartsIsLeftOutInTime() throws Exception {
        byte[] png = png(3000, 10);
        int parts = 1_000_000;
        ByteBuffer many = ByteBuffer.allocate(png.length + 12 * parts);
        many.put(png, 0, 33);
        for (int i = 0; i < parts; i++) {
            many.putInt(0).putInt(0x49444154).putInt(0x35AF061E); // IDAT
        }
        many.put(png, 33, png.length - 33);
        long begin = System.nanoTime();
        ImageWork.during(
                "a",
                Duration.ofMillis(10),
                LONG,
                () ->
                        assertThatThrownBy(() -> ShownImage.of(many.array()))
                                .isInstanceOf(ImageTimeException.class));
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void theNextTurnIsTheNamespacesWhoseLastIsTheLongestAgo() throws InterruptedException {
        ImageTurns turns = new ImageTurns();
        assertThat(turns.take("a", 1)).isTrue();
        List<String> order = Collections.synchronizedList(new ArrayList<>());
        List<Thread> threads = new ArrayList<>();
        String arrivals = "aaaabbc";
        for (int i = 0; i < arrivals.length(); i++) {
            String name = arrivals.substring(i, i + 1);
            threads.add(
                    Thread.startVirtualThread(
                            () -> {
                                try {
                                    if (turns.take(name, LONG.toNanos())) {
                                        order.add(name);
                                        turns.release();
                                    }
                                } catch (InterruptedException e) {
                                    Thread.currentThread().interrupt();
                                }
                            }));
            int waiting = i + 1;
            await().until(() -> turns.waiting() == waiting);
        }
        turns.release();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(order.subList(0, 2)).containsExactlyInAnyOrder("b", "c");
        assertThat(String.join("", order.subList(2, 7))).isEqualTo("abaaa");
    }

    @Test
    void whoGivesUpLosesNoTurnOfOthers() throws InterruptedException {
        ImageTurns turns = new ImageTurns();
        AtomicInteger holders = new AtomicInteger();
        AtomicInteger interrupts = new AtomicInteger();
        AtomicBoolean twice = new AtomicBoolean();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            String name = "n" + i % 5;
            threads.add(
                    Thread.startVirtualThread(
                            () -> {
                                for (int n = 0; n < 200; n++) {
                                    try {
                                        if (turns.take(name, 20_000)) {
                                            twice.compareAndSet(
                                                    false, holders.incrementAndGet() > 1);
                                            holders.decrementAndGet();
                                            turns.release();
                                        }
                                    } catch (InterruptedException e) {
                                        interrupts.incrementAndGet();
                                    }
                                }
                            }));
        }
        for (int n = 0; n < 500; n++) {
            threads.get(n % threads.size()).interrupt();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(twice).isFalse();
        assertThat(interrupts.get()).isPositive();
        assertThat(turns.waiting()).isZero();
        assertThat(turns.take("last", 1)).isTrue();
    }

    /** Few bytes, many rows: an image whose rows alone take seconds. */
    private static byte[] tall() throws IOException {
        return png(50, 1_000_000);
    }
}
