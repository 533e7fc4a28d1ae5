package dev.microsandbox.vmm.virtio;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.microsandbox.vmm.InputNumbers;
import dev.microsandbox.vmm.SeededCases;
import dev.microsandbox.vmm.memory.GuestMemory;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/**
 * Drives each device with random registers, rings and requests. No call may throw or loop
 * endlessly, and no memory outside of the guest's may be accessed.
 */
class DeviceFuzzTest {

    private static final long MEMORY = 4 << 20;

    /** The work of one notification is bounded, so more rounds than this mean an endless loop. */
    private static final int MOST_ROUNDS = 5_000;

    private static final Path FILE = disk();
    private static final GuestMemory RAM = ram();

    private static Path disk() {
        try {
            return Files.write(Files.createTempFile("fuzz", ".disk"), new byte[64 * 512]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static GuestMemory ram() {
        try {
            return GuestMemory.allocate(MEMORY);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @AfterAll
    static void tearDown() throws Exception {
        RAM.close();
        Files.delete(FILE);
    }

    enum Kind {
        BLOCK,
        READ_ONLY_BLOCK,
        CONSOLE,
        ENTROPY,
        BALLOON
    }

    /** A driver that performs the first steps correctly, so that its requests are reached. */
    @Test
    void requestsOfEverySort() {
        AtomicInteger served = new AtomicInteger();
        SeededCases.check(
                1500,
                values -> {
                    if (drive(values.oneOf(Kind.values()), values.random(), true) > 0) {
                        served.incrementAndGet();
                    }
                });
        assertThat(served.get()).as("cases with a request that was served").isGreaterThan(1000);
    }

    /** A driver that writes anything anywhere. */
    @Test
    void registersOfEverySort() {
        SeededCases.check(
                1500,
                values -> {
                    int _ = drive(values.oneOf(Kind.values()), values.random(), false);
                });
    }

    /** Inputs that caused a failure once, kept as regression tests. */
    @Test
    void pastFailures() throws Exception {
        for (long seed : List.of(0L, 1L, -1L, 42L, Long.MIN_VALUE, Long.MAX_VALUE)) {
            for (Kind kind : Kind.values()) {
                int _ = drive(kind, new SplittableRandom(seed), true);
                int _ = drive(kind, new SplittableRandom(seed), false);
            }
        }
    }

    /** The first byte selects the device, the second how its driver begins. */
    @FuzzTest
    void anyDriver(byte[] input) throws Exception {
        InputNumbers numbers = new InputNumbers(input);
        Kind kind = Kind.values()[numbers.nextInt(Kind.values().length)];
        int _ = drive(kind, numbers, numbers.nextBoolean());
    }

    /** A device accepts or refuses any state from a snapshot, and keeps working. */
    @Test
    void statesOfEverySort() {
        SeededCases.check(
                1500,
                values -> {
                    int _ = driveRestored(values.oneOf(Kind.values()), values.random());
                });
    }

    @FuzzTest
    void anyState(byte[] input) throws Exception {
        InputNumbers numbers = new InputNumbers(input);
        int _ = driveRestored(Kind.values()[numbers.nextInt(Kind.values().length)], numbers);
    }

    private static int driveRestored(Kind kind, RandomGenerator random) throws Exception {
        return with(
                kind,
                driver -> {
                    driver.initialize();
                    try {
                        driver.window.restore(state(driver, random));
                    } catch (IllegalArgumentException e) {
                        assertThat(e.getMessage()).isNotBlank();
                    }
                    driver.window.raiseAgain();
                    for (TestDriver.Ring ring : driver.rings) {
                        notify(driver, ring.queue);
                    }
                    return steps(driver, random, true);
                });
    }

    private static int drive(Kind kind, RandomGenerator random, boolean wellBegun)
            throws Exception {
        return with(
                kind,
                driver -> {
                    if (wellBegun) {
                        driver.initialize();
                    }
                    return steps(driver, random, wellBegun);
                });
    }

    /** Performs random steps, and returns the number of requests that were served. */
    private static int steps(TestDriver driver, RandomGenerator random, boolean wellBegun) {
        int requests = 0;
        for (int i = 0; i < 40; i++) {
            if (wellBegun && random.nextInt(4) != 0) {
                requests += randomRequest(driver, random);
            } else {
                randomAccess(driver, random);
            }
        }
        return requests;
    }

    @FunctionalInterface
    private interface Driving {
        int drive(TestDriver driver) throws Exception;
    }

    private static int with(Kind kind, Driving driving) throws Exception {
        int requests;
        try (BlockFile disk =
                kind == Kind.READ_ONLY_BLOCK
                        ? BlockFile.readOnly(FILE)
                        : BlockFile.writable(FILE)) {
            VirtioDevice device =
                    switch (kind) {
                        case BLOCK, READ_ONLY_BLOCK -> new Block(disk, "serial", complaint -> {});
                        case CONSOLE -> new Console("agent", bytes -> {});
                        case ENTROPY -> new Entropy();
                        case BALLOON -> new Balloon(RAM);
                    };
            TestDriver driver = new TestDriver(device, RAM);
            Thread reader = device instanceof Console console ? startReading(console) : null;
            requests = driving.drive(driver);
            device.close();
            if (reader != null) {
                assertThat(reader.join(Duration.ofSeconds(10))).isTrue();
            }
        }
        assertThat(Files.size(FILE)).isEqualTo(64 * 512);
        return requests;
    }

    private static WindowState state(TestDriver driver, RandomGenerator random) {
        List<QueueState> queues = new ArrayList<>();
        for (int i = 0; i < driver.device.queueSizes().length; i++) {
            queues.add(
                    random.nextInt(4) == 0
                            ? new QueueState(
                                    interesting(random),
                                    random.nextBoolean(),
                                    address(random),
                                    address(random),
                                    address(random),
                                    interesting(random),
                                    interesting(random),
                                    interesting(random),
                                    random.nextBoolean(),
                                    random.nextBoolean())
                            : placed(driver.ring(i), random));
        }
        if (random.nextInt(20) == 0) {
            queues.removeLast();
        }
        return new WindowState(
                interesting(random),
                random.nextBoolean() ? random.nextLong() : driver.device.features(),
                interesting(random),
                interesting(random),
                interesting(random),
                interesting(random),
                interesting(random),
                random.nextInt(8) != 0,
                queues,
                deviceState(driver.device, random));
    }

    private static QueueState placed(TestDriver.Ring ring, RandomGenerator random) {
        return new QueueState(
                ring.size,
                true,
                ring.descriptors,
                ring.available,
                ring.used,
                interesting(random),
                interesting(random),
                interesting(random),
                random.nextBoolean(),
                false);
    }

    private static DeviceState deviceState(VirtioDevice device, RandomGenerator random) {
        if (random.nextInt(10) == 0) {
            return new DeviceState.None();
        }
        return switch (device) {
            case Console _ -> {
                List<Long> toTell = new ArrayList<>();
                for (int left = random.nextInt(4); left > 0; left--) {
                    toTell.add(random.nextLong());
                }
                yield new Console.ConsoleState(
                        toTell, random.nextBoolean(), interesting(random), length(random));
            }
            case Balloon _ -> new Balloon.BalloonState(interesting(random), interesting(random));
            default -> new DeviceState.None();
        };
    }

    /** Reads from the agent's port until its end. */
    private static Thread startReading(Console console) {
        return Thread.startVirtualThread(
                () -> {
                    try {
                        long _ = console.fromAgent().transferTo(OutputStream.nullOutputStream());
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
    }

    private static int randomRequest(TestDriver driver, RandomGenerator random) {
        TestDriver.Ring ring = driver.ring(random.nextInt(driver.rings.size()));
        int head = random.nextInt(ring.size);
        int index = head;
        int count = 1 + random.nextInt(5);
        for (int i = 0; i < count; i++) {
            int next = random.nextInt(10) == 0 ? random.nextInt(70_000) : (index + 1) % ring.size;
            int flags = i < count - 1 ? 1 : 0;
            if (i >= count / 2) {
                flags |= 2;
            }
            if (random.nextInt(20) == 0) {
                flags = random.nextInt(0x10000);
            }
            ring.descriptor(index, address(random), length(random), flags, next);
            index = next % ring.size;
        }
        // Plausible values for a request's header, a control message or a frame number.
        for (int i = 0; i < 8; i++) {
            RAM.putU32(TestDriver.BUFFERS + 4L * i, interesting(random));
        }
        ring.offer(random.nextInt(30) == 0 ? random.nextInt(0x10000) : head);
        if (random.nextInt(40) == 0) {
            ring.setAvailableIndex(random.nextInt(0x10000));
        }
        notify(driver, ring.queue);
        return ring.used().size();
    }

    private static void randomAccess(TestDriver driver, RandomGenerator random) {
        long offset =
                random.nextInt(3) == 0
                        ? random.nextInt(0x1000)
                        : List.of(
                                        0x14, 0x20, 0x24, 0x30, 0x38, 0x44, 0x50, 0x64, 0x70, 0x80,
                                        0x84, 0x90, 0x94, 0xa0, 0xa4, 0x100, 0x104)
                                .get(random.nextInt(17));
        int size = random.nextInt(3) == 0 ? 1 << random.nextInt(4) : 4;
        switch (random.nextInt(4)) {
            case 0 -> {
                long _ = driver.window.read(offset, size);
            }
            case 1 -> notify(driver, random.nextInt(8));
            default -> {
                int value =
                        random.nextBoolean()
                                ? interesting(random)
                                : (int) TestDriver.RINGS + (random.nextInt(16) << 12);
                driver.window.write(offset, size, value & 0xffff_ffffL);
            }
        }
    }

    private static void notify(TestDriver driver, int queue) {
        int rounds = 0;
        while (driver.window.notified(queue)) {
            assertThat(++rounds).isLessThan(MOST_ROUNDS);
        }
    }

    private static long address(RandomGenerator random) {
        return switch (random.nextInt(8)) {
            case 0 -> random.nextLong();
            case 1 -> MEMORY - random.nextInt(64);
            case 2 -> TestDriver.RINGS + random.nextInt(0x10000);
            default -> TestDriver.BUFFERS + random.nextInt(4) * 8L;
        };
    }

    private static long length(RandomGenerator random) {
        return switch (random.nextInt(8)) {
            case 0 -> random.nextLong();
            case 1 -> 0;
            case 2 -> 1;
            case 3 -> 512;
            case 4 -> 4096L * random.nextInt(16);
            default -> 16;
        };
    }

    private static int interesting(RandomGenerator random) {
        return switch (random.nextInt(6)) {
            case 0 -> random.nextInt();
            case 1 -> -1;
            case 2 -> random.nextInt(256);
            case 3 -> 1 << random.nextInt(32);
            default -> random.nextInt(16);
        };
    }
}
