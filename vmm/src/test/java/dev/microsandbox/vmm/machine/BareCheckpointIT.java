package dev.microsandbox.vmm.machine;

import static dev.microsandbox.vmm.machine.BareMachine.DATA;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.microsandbox.vmm.CheckpointException;
import dev.microsandbox.vmm.machine.Code.Register;
import dev.microsandbox.vmm.memory.GuestMemory;
import dev.microsandbox.vmm.snapshot.Snapshot;
import dev.microsandbox.vmm.virtio.Entropy;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** Checkpoints of guests of a few instructions on the real KVM. */
@Timeout(180)
@Isolated("counts descriptors")
class BareCheckpointIT {

    /** The guest counts while this byte is 1, and else changes nothing. */
    private static final long COUNTING = DATA + 0x1000;

    /** Where the guest's own instructions never write. */
    private static final long FREE = DATA + 0x2000;

    private static final long PAGE = 4096;
    private static final int FREE_PAGES = 500;

    @TempDir Path directory;

    private final List<AutoCloseable> open = new ArrayList<>();

    @BeforeAll
    static void needsKvm() {
        BareMachine.assumeKvm();
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable one : open.reversed()) {
            one.close();
        }
    }

    /** A machine with its origin, as a sandbox's has it. */
    private static final class Guest implements AutoCloseable {

        final BareMachine bare;
        final Origin origin;
        final KvmCheckpoints checkpoints;

        Guest(BareMachine bare, Origin origin) {
            this.bare = bare;
            this.origin = origin;
            this.checkpoints = new KvmCheckpoints(bare.machine, BareMachine.GUEST, origin);
        }

        long save(Path place) throws InterruptedException {
            try (RestorableMachine.Saving saving = checkpoints.beginSaving(place)) {
                saving.take();
                return saving.finish();
            }
        }

        void putBack(Path place) throws InterruptedException {
            try (RestorableMachine.PuttingBack back = checkpoints.beginPuttingBack(place)) {
                back.run(() -> {});
            }
        }

        long count() {
            return bare.memory.u64(DATA);
        }

        /** Lets it count for a while, and waits until it has stopped. */
        void work() {
            long before = count();
            bare.memory.putU8(COUNTING, 1);
            await().atMost(Duration.ofSeconds(20))
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(1))
                    .until(() -> count() > before + 10);
            rest();
        }

        private void rest() {
            bare.memory.putU8(COUNTING, 0);
            long[] last = {-1};
            await().atMost(Duration.ofSeconds(20))
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(5))
                    .until(
                            () -> {
                                long was = last[0];
                                last[0] = count();
                                return was == last[0];
                            });
        }

        String sha256() throws Exception {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (GuestMemory.Region region : bare.memory.regions()) {
                digest.update(region.segment().asByteBuffer());
            }
            return HexFormat.of().formatHex(digest.digest());
        }

        @Override
        public void close() {
            bare.close();
            origin.close();
        }
    }

    private <T extends AutoCloseable> T keep(T one) {
        open.add(one);
        return one;
    }

    private static Code counter() {
        Code code = new Code();
        int again = code.position();
        return code.mov(Register.RBX, COUNTING)
                .awaitByte(1)
                .mov(Register.RBX, DATA)
                .increment()
                .jump(again);
    }

    private Guest boot() throws Exception {
        Guest guest = keep(new Guest(BareMachine.start(counter()), Origin.none()));
        guest.work();
        return guest;
    }

    private Guest resume(Path place) throws Exception {
        Snapshot snapshot = Snapshot.open(place, BareMachine.GUEST.requirements());
        BareMachine bare = BareMachine.resume(snapshot);
        return keep(new Guest(bare, Origin.owned(snapshot)));
    }

    private static void scribble(Guest guest, Random random, int pages) {
        for (int i = 0; i < pages; i++) {
            guest.bare.memory.putU64(FREE + random.nextLong(FREE_PAGES) * PAGE, random.nextLong());
        }
    }

    private static void delete(Path tree) throws IOException {
        Files.walkFileTree(
                tree,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        Files.delete(file);
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException e)
                            throws IOException {
                        Files.delete(visited);
                        return FileVisitResult.CONTINUE;
                    }
                });
    }

    /** One leads to the next, to a tree of them; any is restored after any other. */
    @Test
    void tenCheckpointsAreRestoredInAnyOrder() throws Exception {
        Random random = new Random(7);
        Guest guest = boot();
        List<Path> places = new ArrayList<>();
        List<String> sums = new ArrayList<>();
        List<Long> counts = new ArrayList<>();
        List<Long> sizes = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            scribble(guest, random, 20);
            guest.work();
            Path place = directory.resolve("c" + i);
            sizes.add(guest.save(place));
            places.add(place);
            sums.add(guest.sha256());
            counts.add(guest.count());
            // It was held, and has gone on.
            guest.work();
            if (i == 2 || i == 5) {
                guest.putBack(places.get(1));
            }
        }
        assertThat(sums).doesNotHaveDuplicates();
        for (int i = 0; i < 10; i++) {
            // A machine that was booted is saved whole until it was put back.
            assertThat(Files.exists(places.get(i).resolve("base"))).isEqualTo(i > 2);
        }
        for (int round = 0; round < 60; round++) {
            int to = random.nextInt(10);
            guest.putBack(places.get(to));
            assertThat(guest.sha256())
                    .as("checkpoint %d in round %d", to, round)
                    .isEqualTo(sums.get(to));
            assertThat(guest.count()).isEqualTo(counts.get(to));
            guest.work();
            scribble(guest, random, 30);
        }
        // And each in a machine of its own, which goes its own way.
        for (int i = 0; i < 10; i++) {
            Guest fork = resume(places.get(i));
            assertThat(fork.sha256()).isEqualTo(sums.get(i));
            fork.work();
            // A fork goes back to another's as well.
            fork.putBack(places.get(9 - i));
            assertThat(fork.sha256()).isEqualTo(sums.get(9 - i));
        }
        System.err.println("bytes of ten checkpoints: " + sizes);
    }

    @Test
    void twoHundredRestoresLeaveNothing() throws Exception {
        Random random = new Random(8);
        Guest guest = boot();
        List<Path> places = new ArrayList<>();
        List<String> sums = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            scribble(guest, random, 50);
            places.add(directory.resolve("c" + i));
            guest.save(places.get(i));
            sums.add(guest.sha256());
            guest.putBack(places.get(i));
        }
        for (int i = 0; i < 20; i++) {
            guest.putBack(places.get(i % 4));
        }
        ProcessUsage before = ProcessUsage.settled();
        for (int i = 0; i < 200; i++) {
            scribble(guest, random, 20);
            guest.putBack(places.get(i % 4));
            assertThat(guest.sha256()).isEqualTo(sums.get(i % 4));
        }
        ProcessUsage after = ProcessUsage.settled();
        System.err.println("200 restores: before " + before + ", after " + after);
        assertThat(after.descriptors()).isEqualTo(before.descriptors());
        assertThat(after.threads()).isLessThanOrEqualTo(before.threads() + 1);
        assertThat(after.mappings()).isLessThan(before.mappings() + 20);
        assertThat(after.residentKib()).isLessThan(before.residentKib() + 16 * 1024);
    }

    /** What a checkpoint needs is in its own directory. */
    @Test
    void neitherTheTemplateNorASiblingIsNeeded() throws Exception {
        Random random = new Random(9);
        Guest booted = boot();
        scribble(booted, random, 300);
        Path template = directory.resolve("template");
        long whole = booted.save(template);
        Guest guest = resume(template);
        scribble(guest, random, 3);
        guest.work();
        Path first = directory.resolve("first");
        assertThat(guest.save(first)).isLessThan(whole / 5);
        String sum = guest.sha256();
        delete(template);

        // Its base has a name in the first one's directory alone.
        scribble(guest, random, 3);
        Path second = directory.resolve("second");
        assertThat(guest.save(second)).isLessThan(whole / 5);
        String secondSum = guest.sha256();
        guest.putBack(first);
        assertThat(guest.sha256()).isEqualTo(sum);
        scribble(guest, random, 3);
        Path third = directory.resolve("third");
        guest.save(third);
        String thirdSum = guest.sha256();
        delete(first);
        delete(second);
        Guest fork = resume(third);
        assertThat(fork.sha256()).isEqualTo(thirdSum);
        delete(third);

        // No name is left: it is copied, and counts.
        Path fourth = directory.resolve("fourth");
        assertThat(guest.save(fourth)).isGreaterThan(whole * 4 / 5);
        assertThat(resume(fourth).sha256()).isEqualTo(thirdSum);
        guest.work();
        guest.putBack(fourth);
        assertThat(guest.sha256()).isEqualTo(thirdSum).isNotEqualTo(secondSum);
    }

    /** A file system of its own: hard links do not reach there. */
    @Test
    void aCheckpointOnAnotherFileSystemHasACopyOfItsBase() throws Exception {
        Path mounted = mount("16m");
        Guest booted = boot();
        Path template = directory.resolve("template");
        booted.save(template);
        Guest guest = resume(template);
        guest.work();
        Path place = mounted.resolve("c1");
        guest.save(place);
        String sum = guest.sha256();
        delete(template);
        guest.work();
        guest.putBack(place);
        assertThat(guest.sha256()).isEqualTo(sum);
    }

    @Test
    void whatIsDamagedIsRefusedAndTheMachineGoesOn() throws Exception {
        Random random = new Random(10);
        Guest booted = boot();
        scribble(booted, random, 30);
        Path template = directory.resolve("template");
        booted.save(template);
        Guest guest = resume(template);
        scribble(guest, random, 30);
        guest.work();
        Path place = directory.resolve("c1");
        guest.save(place);
        String sum = guest.sha256();
        for (String name : List.of("state", "memory", "base/state", "base/memory")) {
            Path file = place.resolve(name);
            byte[] content = Files.readAllBytes(file);
            Path kept = directory.resolve("kept");
            Files.move(file, kept);
            String why = "The checkpoint cannot be used: ";

            assertRefused(guest, place, why, name.startsWith("base") ? "goes on from" : "no file");
            byte[] flipped = content.clone();
            int at = name.endsWith("memory") ? (int) BareMachine.CODE + 1 : flipped.length / 2;
            if (name.equals("memory")) {
                at = (int) DATA;
            }
            flipped[at] ^= 4;
            write(file, flipped);
            assertRefused(guest, place, why, "damaged");
            write(file, Arrays.copyOf(content, content.length - 1));
            assertRefused(guest, place, why, "damaged");
            write(file, new byte[0]);
            assertRefused(guest, place, why, "delete it");

            Files.delete(file);
            Files.move(kept, file);
        }
        assertRefused(guest, directory.resolve("none"), "it does not exist");
        guest.work();
        guest.putBack(place);
        assertThat(guest.sha256()).isEqualTo(sum);
    }

    /** As a new file: the one that it was is mapped into machines. */
    private static void write(Path file, byte[] content) throws IOException {
        Files.deleteIfExists(file);
        Files.write(file, content);
    }

    private static void assertRefused(Guest guest, Path place, String... reasons) {
        String sum = sum(guest);
        long count = guest.count();
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> guest.putBack(place))
                .satisfies(e -> assertThat(e.getMessage()).contains(reasons))
                .withMessageNotContaining(place.toString());
        assertThat(sum(guest)).isEqualTo(sum);
        assertThat(guest.count()).isEqualTo(count);
        guest.work();
    }

    private static String sum(Guest guest) {
        try {
            return guest.sha256();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aMachineMadeOtherwiseIsRefused() throws Exception {
        Guest guest = boot();
        Path place = directory.resolve("c1");
        guest.save(place);
        BareMachine bare =
                keep(BareMachine.create(counter(), List.of(), List.of(new Entropy())).start());
        Guest other = new Guest(bare, Origin.none());
        other.work();
        long descriptors = ProcessUsage.now().descriptors();
        assertRefused(other, place, "another kind of sandbox");
        assertThat(ProcessUsage.now().descriptors()).isEqualTo(descriptors);
    }

    @Test
    void aFullDiskIsNamedAndLeavesNothing() throws Exception {
        Path mounted = mount("1m");
        Random random = new Random(11);
        Guest guest = boot();
        scribble(guest, random, 2000); // most of the 500 pages
        assertNotSaved(guest, mounted.resolve("c1"), "no room on the host's disk");
        assertNotSaved(guest, mounted.resolve("c2"), "delete checkpoints");
        // A base that has to be copied does not fit either.
        Path template = directory.resolve("template");
        guest.save(template);
        Guest clone = resume(template);
        assertNotSaved(clone, mounted.resolve("c3"), "no room on the host's disk");
        // Where there is room it is saved.
        clone.save(directory.resolve("c4"));
        String sum = clone.sha256();
        clone.work();
        clone.putBack(directory.resolve("c4"));
        assertThat(clone.sha256()).isEqualTo(sum);
    }

    @Test
    void aPlaceThatIsNotThereOrTakenIsNamed() throws Exception {
        Guest guest = boot();
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> guest.save(directory.resolve("none/c1")))
                .withMessageContaining("its place is not there");
        guest.save(directory.resolve("c1"));
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> guest.save(directory.resolve("c1")))
                .withMessageContaining("something is there already");
        guest.work();
    }

    /** Root may write anywhere, but not where nobody may. */
    @Test
    void aPlaceThatCannotBeWrittenToIsNamed() throws Exception {
        Path mounted = mount("1m");
        run("mount", "-o", "remount,ro", mounted.toString());
        Guest guest = boot();
        assertNotSaved(guest, mounted.resolve("c1"), "the server may not write there");
    }

    private static void assertNotSaved(Guest guest, Path place, String reason) throws IOException {
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> guest.save(place))
                .withMessageStartingWith("The sandbox was not saved: ")
                .withMessageContaining(reason);
        try (Stream<Path> left = Files.list(place.getParent())) {
            assertThat(left).isEmpty();
        }
        guest.work();
    }

    @Test
    void aMachineThatHasEndedIsNeitherSavedNorPutBack() throws Exception {
        Guest guest = boot();
        Path place = directory.resolve("c1");
        guest.save(place);
        guest.close();
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> guest.save(directory.resolve("c2")))
                .withMessageContaining("the machine has ended");
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> guest.putBack(place))
                .withMessageContaining("the machine has ended");
        try (Stream<Path> left = Files.list(directory)) {
            assertThat(left).containsExactly(place);
        }
    }

    /** A tmpfs. */
    private Path mount(String size) throws Exception {
        Path place =
                Files.createDirectory(
                        directory.resolve("mounted"),
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rwx------")));
        int status = run("mount", "-t", "tmpfs", "-o", "size=" + size, "tmpfs", place.toString());
        Assumptions.assumeTrue(status == 0, "skipped: nothing can be mounted here");
        keep(
                () -> {
                    // Machines that were closed just now may have files open for a moment more.
                    assertThat(run("umount", "-l", place.toString())).isZero();
                });
        return place;
    }

    private static int run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }
}
