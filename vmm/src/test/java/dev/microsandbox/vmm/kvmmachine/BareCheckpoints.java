package dev.microsandbox.vmm.kvmmachine;

import static dev.microsandbox.vmm.kvmmachine.BareMachine.DATA;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.microsandbox.vmm.kvmmachine.Code.Register;
import dev.microsandbox.vmm.machine.RestorableMachine;
import dev.microsandbox.vmm.memory.GuestMemory;
import dev.microsandbox.vmm.snapshot.Snapshot;
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
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/**
 * The common parts of tests of checkpoints: guests of a few instructions on the real KVM, and
 * directories.
 */
abstract class BareCheckpoints {

    /** The flag that tells the guest to count. Without it, the guest changes nothing. */
    private static final long COUNTING = DATA + 0x1000;

    private static final int STOPPED = 0;
    private static final int COUNT = 1;
    private static final int STOP = 2;

    /** Memory that the guest's own instructions never write to. */
    private static final long FREE = DATA + 0x2000;

    static final long PAGE = 4096;
    static final int FREE_PAGES = 500;

    /** More than the size of the file 'state' of such a machine. */
    private static final long STATE_BYTES = 64 << 10;

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

    /** A machine with its base snapshot, as a sandbox has it. */
    static final class Guest implements AutoCloseable {

        final BareMachine bare;
        final BaseSnapshot base;
        final KvmCheckpoints checkpoints;

        Guest(BareMachine bare, BaseSnapshot base) {
            this.bare = bare;
            this.base = base;
            this.checkpoints = new KvmCheckpoints(bare.machine, BareMachine.GUEST, base);
        }

        long save(Path place) throws InterruptedException {
            try (RestorableMachine.Saving saving = checkpoints.beginSaving(place)) {
                saving.take();
                return saving.finish();
            }
        }

        void putBack(Path place) throws InterruptedException {
            try (RestorableMachine.Restoring restoring = checkpoints.beginRestoring(place)) {
                restoring.run(() -> {});
            }
        }

        long count() {
            return bare.memory.u64(DATA);
        }

        /** Lets the guest count for a while, and waits until it has stopped. */
        void work() {
            long before = count();
            bare.memory.putU8(COUNTING, COUNT);
            awaitQuickly(() -> count() > before + 10);
            bare.memory.putU8(COUNTING, STOP);
            awaitQuickly(() -> bare.memory.u8(COUNTING) == STOPPED);
        }

        private static void awaitQuickly(Callable<Boolean> condition) {
            await().atMost(Duration.ofSeconds(20))
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(1))
                    .until(condition);
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
            base.close();
        }
    }

    <T extends AutoCloseable> T keep(T one) {
        open.add(one);
        return one;
    }

    /** Code that counts while the flag is set, and reports when it has stopped. */
    static Code counter() {
        return new Code()
                .mov(Register.RBX, COUNTING)
                .mov(Register.RDX, DATA)
                .raw(0x80, 0x3b, COUNT) // again: cmp byte [rbx], COUNT
                .raw(0x74, 0x0a) // je count
                .raw(0x80, 0x3b, STOP) // cmp byte [rbx], STOP
                .raw(0x75, 0xf6) // jne again
                .raw(0xc6, 0x03, STOPPED) // mov byte [rbx], STOPPED
                .raw(0xeb, 0xf1) // jmp again
                .raw(0x48, 0xff, 0x02) // count: inc qword [rdx]
                .raw(0xeb, 0xec); // jmp again
    }

    Guest boot() throws Exception {
        Guest guest = keep(new Guest(BareMachine.start(counter()), BaseSnapshot.none()));
        guest.work();
        return guest;
    }

    Guest resume(Path place) throws Exception {
        Snapshot snapshot = Snapshot.open(place, GuestRequirements.of(BareMachine.GUEST));
        BareMachine bare = BareMachine.resume(snapshot);
        return keep(new Guest(bare, BaseSnapshot.owned(snapshot)));
    }

    /**
     * Writes to random pages.
     *
     * @return how many different pages were written
     */
    static int scribble(Guest guest, Random random, int pages) {
        Set<Long> written = new HashSet<>();
        for (int i = 0; i < pages; i++) {
            long page = random.nextLong(FREE_PAGES);
            written.add(page);
            guest.bare.memory.putU64(FREE + page * PAGE, random.nextLong());
        }
        return written.size();
    }

    /** The most disk space of a checkpoint, given the number of pages written since the last. */
    static long most(int pages) {
        // The state, and the pages that the guest itself writes: its data and its page tables.
        return STATE_BYTES + (pages + 10) * PAGE;
    }

    static void delete(Path tree) throws IOException {
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

    /** Mounts a tmpfs. */
    Path mount(String size) throws Exception {
        Path place =
                Files.createDirectory(
                        directory.resolve("mounted"),
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rwx------")));
        int status = run("mount", "-t", "tmpfs", "-o", "size=" + size, "tmpfs", place.toString());
        Assumptions.assumeTrue(status == 0, "skipped: nothing can be mounted here");
        keep(
                () -> {
                    // Machines that were just closed may still have files open for a moment.
                    assertThat(run("umount", "-l", place.toString())).isZero();
                });
        return place;
    }

    static int run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }
}
