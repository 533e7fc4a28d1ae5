package dev.microsandbox.vmm.kvmmachine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.memory.MemoryImage;
import dev.microsandbox.vmm.snapshot.Snapshot;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Checkpoints are made, restored, forked and deleted in any order. */
@Timeout(180)
class BareCheckpointIT extends BareCheckpoints {

    private static MemoryImage image(Path place) throws Exception {
        try (Snapshot snapshot = Snapshot.open(place, GuestRequirements.of(BareMachine.GUEST))) {
            return snapshot.memory();
        }
    }

    /** Checkpoints follow each other in a tree, and any is restored after any other. */
    @Test
    void tenCheckpointsAreRestoredInAnyOrder() throws Exception {
        Random random = new Random(7);
        Guest guest = boot();
        scribble(guest, random, 2000);
        List<Path> places = new ArrayList<>();
        List<String> sums = new ArrayList<>();
        List<Long> counts = new ArrayList<>();
        List<Long> sizes = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            int pages = scribble(guest, random, 20);
            guest.work();
            Path place = directory.resolve("c" + i);
            long bytes = guest.save(place);
            if (i > 0) {
                // Also the second checkpoint of a machine that was booted.
                assertThat(bytes).isLessThan(most(pages));
            }
            sizes.add(bytes);
            places.add(place);
            sums.add(guest.sha256());
            counts.add(guest.count());
            // The machine was paused, and has continued.
            guest.work();
            if (i == 2 || i == 5) {
                guest.putBack(places.get(1));
            }
        }
        System.err.println("bytes of ten checkpoints: " + sizes);
        assertThat(sizes.getFirst()).isGreaterThan(FREE_PAGES * PAGE * 9 / 10);
        assertThat(sums).doesNotHaveDuplicates();
        int[] files = {1, 2, 3, 3, 4, 5, 3, 4, 5, 6};
        for (int i = 0; i < 10; i++) {
            assertThat(image(places.get(i)).layers()).hasSize(files[i]);
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
        // Each also starts in a machine of its own, which then diverges.
        for (int i = 0; i < 10; i++) {
            Guest fork = resume(places.get(i));
            assertThat(fork.sha256()).isEqualTo(sums.get(i));
            fork.work();
            // A fork can also be restored to another fork's checkpoint.
            fork.putBack(places.get(9 - i));
            assertThat(fork.sha256()).isEqualTo(sums.get(9 - i));
        }
    }

    /** A checkpoint works whatever was deleted, even those over which it was made. */
    @Test
    void checkpointsAreDeletedInAnyOrder() throws Exception {
        Random random = new Random(12);
        Guest booted = boot();
        scribble(booted, random, 2000);
        Path template = directory.resolve("template");
        booted.save(template);
        List<Guest> guests = new ArrayList<>(List.of(booted, resume(template)));
        Map<Path, String> sums = new LinkedHashMap<>(Map.of(template, booted.sha256()));
        for (int round = 0; round < 60; round++) {
            Guest guest = guests.get(random.nextInt(guests.size()));
            List<Path> places = List.copyOf(sums.keySet());
            switch (random.nextInt(4)) {
                case 0 -> {
                    Path place = directory.resolve("c" + round);
                    guest.save(place);
                    sums.put(place, guest.sha256());
                }
                case 1 -> {
                    if (!places.isEmpty()) {
                        Path place = places.get(random.nextInt(places.size()));
                        delete(place);
                        sums.remove(place);
                    }
                }
                case 2 -> {
                    if (!places.isEmpty() && guests.size() < 6) {
                        guests.add(resume(places.get(random.nextInt(places.size()))));
                    }
                }
                default -> {
                    if (!places.isEmpty()) {
                        Path place = places.get(random.nextInt(places.size()));
                        guest.putBack(place);
                        assertThat(guest.sha256())
                                .as("%s in round %d", place, round)
                                .isEqualTo(sums.get(place));
                    }
                }
            }
            scribble(guest, random, random.nextInt(40));
            guest.work();
        }
        for (Map.Entry<Path, String> each : sums.entrySet()) {
            Guest fresh = resume(each.getKey());
            assertThat(fresh.sha256()).isEqualTo(each.getValue());
            fresh.close();
        }
    }

    /**
     * A fork's checkpoints are based on the one from which it was made, and are independent of it.
     */
    @Test
    void aForkHasCheckpointsOfItsOwn() throws Exception {
        Random random = new Random(13);
        Guest guest = boot();
        scribble(guest, random, 2000);
        guest.save(directory.resolve("c0"));
        scribble(guest, random, 20);
        Path common = directory.resolve("c1");
        guest.save(common);
        Guest fork = resume(common);
        List<Path> places = new ArrayList<>();
        List<String> sums = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            for (Guest each : List.of(guest, fork)) {
                int pages = scribble(each, random, 10);
                each.work();
                Path place = directory.resolve("own" + places.size());
                assertThat(each.save(place)).isLessThan(most(pages));
                places.add(place);
                sums.add(each.sha256());
            }
        }
        delete(common);
        delete(directory.resolve("c0"));
        for (int i = 0; i < places.size(); i++) {
            for (Guest each : List.of(guest, fork, resume(places.get(i)))) {
                each.putBack(places.get(i));
                assertThat(each.sha256()).isEqualTo(sums.get(i));
            }
        }
    }

    /**
     * After the largest number of files, a checkpoint is larger, and the next ones are small again.
     */
    @Test
    void thereIsNoEndOfCheckpoints() throws Exception {
        Random random = new Random(14);
        Guest guest = boot();
        scribble(guest, random, 2000);
        List<Path> places = new ArrayList<>();
        List<String> sums = new ArrayList<>();
        List<Integer> files = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            int pages = scribble(guest, random, 5);
            Path place = directory.resolve("c" + i);
            long bytes = guest.save(place);
            MemoryImage image = image(place);
            if (image.layers().size() > 2) {
                assertThat(bytes).isLessThan(most(pages));
            }
            files.add(image.layers().size());
            places.add(place);
            sums.add(guest.sha256());
        }
        assertThat(files).startsWith(1, 2, 3, 4).contains(MemoryImage.MOST_LAYERS);
        assertThat(files.subList(MemoryImage.MOST_LAYERS, 20)).startsWith(2, 3, 4);
        for (int i = 0; i < 40; i++) {
            guest.putBack(places.get(39 - i));
            assertThat(guest.sha256()).isEqualTo(sums.get(39 - i));
        }
        assertThat(resume(places.getLast()).sha256()).isEqualTo(sums.getLast());
    }

    @Test
    void twoHundredCheckpointsLeaveNothing() throws Exception {
        // A tmpfs, so that nothing waits for a disk.
        Path place = Files.createTempDirectory(Path.of("/dev/shm"), "checkpoints");
        keep(() -> delete(place));
        Random random = new Random(15);
        Guest guest = boot();
        scribble(guest, random, 2000);
        Path kept = place.resolve("kept");
        guest.save(kept);
        Guest clone = resume(kept);
        for (int i = 0; i < 40; i++) {
            saveAndGoBack(clone, place, random, i);
        }
        ProcessUsage before = ProcessUsage.settled();
        for (int i = 40; i < 240; i++) {
            saveAndGoBack(clone, place, random, i);
        }
        ProcessUsage after = ProcessUsage.settled();
        System.err.println("200 checkpoints: before " + before + ", after " + after);
        // As many files as the last checkpoint has.
        assertThat(after.descriptors())
                .isLessThanOrEqualTo(before.descriptors() + MemoryImage.MOST_LAYERS);
        assertThat(after.threads()).isLessThanOrEqualTo(before.threads() + 1);
        assertThat(after.mappings()).isLessThan(before.mappings() + MemoryImage.MOST_PIECES);
        assertThat(after.residentKib()).isLessThan(before.residentKib() + 32 * 1024);
        clone.putBack(kept);
        ProcessUsage back = ProcessUsage.settled();
        assertThat(back.descriptors()).isLessThanOrEqualTo(before.descriptors());
    }

    /**
     * Saves the guest. Every other time, restores the checkpoint before and deletes it; otherwise
     * continues from the new one.
     */
    private static void saveAndGoBack(Guest guest, Path parent, Random random, int i)
            throws Exception {
        Path place = parent.resolve("c" + i);
        scribble(guest, random, 20);
        guest.save(place);
        String sum = guest.sha256();
        scribble(guest, random, 20);
        Path before = parent.resolve("c" + (i - 1));
        if (i % 2 == 1) {
            guest.putBack(before);
            guest.work();
        }
        guest.putBack(place);
        assertThat(guest.sha256()).isEqualTo(sum);
        if (Files.exists(before)) {
            delete(before);
        }
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

    /** A checkpoint's directory contains everything that it needs. */
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

        // Only the first one's directory has a name of its base file.
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

        // No name is left, so all of the memory is written, and counts.
        Path fourth = directory.resolve("fourth");
        assertThat(guest.save(fourth)).isGreaterThan(whole * 4 / 5);
        assertThat(resume(fourth).sha256()).isEqualTo(thirdSum);
        guest.work();
        guest.putBack(fourth);
        assertThat(guest.sha256()).isEqualTo(thirdSum).isNotEqualTo(secondSum);
    }

    /** Hard links cannot be made on another file system. */
    @Test
    void aCheckpointOnAnotherFileSystemHasAllOfTheMemory() throws Exception {
        Path mounted = mount("16m");
        Guest booted = boot();
        scribble(booted, new Random(16), 300);
        Path template = directory.resolve("template");
        long whole = booted.save(template);
        Guest guest = resume(template);
        guest.work();
        Path place = mounted.resolve("c1");
        assertThat(guest.save(place)).isGreaterThan(whole * 4 / 5);
        String sum = guest.sha256();
        delete(template);
        guest.work();
        // The next checkpoint there is based on it.
        assertThat(guest.save(mounted.resolve("c2"))).isLessThan(most(0));
        guest.putBack(place);
        assertThat(guest.sha256()).isEqualTo(sum);
    }
}
