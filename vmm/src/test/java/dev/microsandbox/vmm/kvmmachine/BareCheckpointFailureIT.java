package dev.microsandbox.vmm.kvmmachine;

import static dev.microsandbox.vmm.kvmmachine.BareMachine.DATA;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.microsandbox.vmm.CheckpointException;
import dev.microsandbox.vmm.machine.RestorableMachine;
import dev.microsandbox.vmm.virtio.Entropy;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A checkpoint that cannot be made or used does not affect the machine. */
@Timeout(180)
class BareCheckpointFailureIT extends BareCheckpoints {

    @Test
    void whatIsDamagedIsRefusedAndTheMachineGoesOn() throws Exception {
        Random random = new Random(10);
        Guest booted = boot();
        scribble(booted, random, 30);
        Path template = directory.resolve("template");
        booted.save(template);
        Guest guest = resume(template);
        for (int i = 0; i < 3; i++) {
            scribble(guest, random, 30);
            guest.work();
            guest.save(directory.resolve("c" + i));
        }
        Path place = directory.resolve("c2");
        String sum = guest.sha256();
        List<String> names = List.of("state", "memory.0", "memory.1", "memory.2", "memory.3");
        for (String name : names) {
            Path file = place.resolve(name);
            byte[] content = Files.readAllBytes(file);
            Path kept = directory.resolve("kept");
            Files.move(file, kept);
            String why = "The checkpoint cannot be used: ";

            assertRefused(guest, place, why, "it has no file '" + name + "'");
            byte[] flipped = content.clone();
            // The page in which the guest counts, which is in each file.
            flipped[name.equals("state") ? flipped.length / 2 : (int) DATA] ^= 4;
            write(file, flipped);
            assertRefused(guest, place, why, "'" + name + "' is damaged");
            write(file, Arrays.copyOf(content, content.length - 1));
            assertRefused(guest, place, why, "'" + name + "' is damaged");
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

    /** Writes a new file, because the old one is mapped into machines. */
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
        Guest other = new Guest(bare, BaseSnapshot.none());
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
        // Nor one whose base snapshot's files cannot be linked there.
        Path template = directory.resolve("template");
        guest.save(template);
        Guest clone = resume(template);
        assertNotSaved(clone, mounted.resolve("c3"), "no room on the host's disk");
        // The machine's base snapshot is unchanged, so the machine can be saved where there is
        // room.
        clone.work();
        assertThat(clone.save(directory.resolve("c3"))).isLessThan(most(0));
        clone.save(directory.resolve("c4"));
        String sum = clone.sha256();
        clone.work();
        clone.putBack(directory.resolve("c4"));
        assertThat(clone.sha256()).isEqualTo(sum);
    }

    /** The data fits into the page cache but not on the disk. */
    @Test
    void aDiskThatIsFullOnlyAtTheSyncCostsTheCheckpointAlone() throws Exception {
        Path mounted = mountWithoutRoom();
        Random random = new Random(17);
        Guest guest = boot();
        scribble(guest, random, 2000);
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> guest.save(mounted.resolve("c1")))
                .withMessageStartingWith("The sandbox was not saved: ")
                .withMessageContaining("no room on the host's disk")
                .withStackTraceContaining("fsync");
        guest.work();
        // The machine does not depend on any of that.
        guest.save(directory.resolve("c2"));
        String sum = guest.sha256();
        scribble(guest, random, 100);
        guest.putBack(directory.resolve("c2"));
        assertThat(guest.sha256()).isEqualTo(sum);
    }

    /** The machine maps files that never got a name. */
    @Test
    void aCheckpointThatDoesNotAppearCostsNothingElse() throws Exception {
        Random random = new Random(18);
        Guest guest = boot();
        scribble(guest, random, 2000);
        guest.save(directory.resolve("c0"));
        int pages = scribble(guest, random, 20);
        Path taken = directory.resolve("taken");
        try (RestorableMachine.Saving saving = guest.checkpoints.beginSaving(taken)) {
            saving.take();
            Files.createDirectory(taken);
            Files.createFile(taken.resolve("other"));
            assertThatExceptionOfType(CheckpointException.class).isThrownBy(saving::finish);
        }
        guest.work();
        String sum = guest.sha256();
        Path place = directory.resolve("c1");
        // It contains what the lost checkpoint would have contained.
        assertThat(guest.save(place)).isBetween(pages * PAGE, most(pages));
        assertThat(resume(place).sha256()).isEqualTo(sum);
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

    /** Root may write anywhere except to a read-only file system. */
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

    /** A file system on a disk that takes less data than it reports. */
    private Path mountWithoutRoom() throws Exception {
        Path tmpfs = mount("1m");
        Path image = tmpfs.resolve("disk");
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(32 << 20);
        }
        Path place = Files.createDirectory(directory.resolve("without-room"));
        boolean isMounted =
                run("mkfs.ext4", "-q", "-O", "^has_journal", image.toString()) == 0
                        && run("mount", "-o", "loop", image.toString(), place.toString()) == 0;
        Assumptions.assumeTrue(isMounted, "skipped: no file can be mounted here");
        keep(() -> assertThat(run("umount", "-l", place.toString())).isZero());
        return place;
    }
}
