package dev.microsandbox.vmm.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.awaitility.Awaitility.await;

import dev.microsandbox.vmm.HalfWayProcess;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LockFileTest {

    private static final Duration NONE = Duration.ZERO;

    @TempDir private Path directory;

    private Path file() {
        return directory.resolve("lock");
    }

    /** A process that holds a lock until it is killed. */
    static final class Owner {

        private Owner() {}

        public static void main(String[] arguments) throws Exception {
            Path file = Path.of(arguments[1]);
            switch (arguments[0]) {
                case "exclusive" -> {
                    LockFile _ = LockFile.exclusive(file, _ -> {});
                }
                case "attempt" ->
                        Files.writeString(
                                file.resolveSibling("had"),
                                "" + LockFile.tryExclusive(file, NONE).isPresent());
                case "shared" -> {
                    LockFile _ = LockFile.tryShared(file, NONE).orElseThrow();
                }
                default -> throw new IllegalArgumentException(arguments[0]);
            }
            HalfWayProcess.halfWay();
            HalfWayProcess.awaitContinue();
        }
    }

    private HalfWayProcess owner(String kind) throws IOException {
        HalfWayProcess owner = HalfWayProcess.start(Owner.class, kind, file().toString());
        owner.awaitHalfWay();
        return owner;
    }

    private Optional<LockFile> exclusive() throws IOException {
        return LockFile.tryExclusive(file(), NONE);
    }

    private Optional<LockFile> shared() throws IOException {
        return LockFile.tryShared(file(), NONE);
    }

    @Test
    void twoOwnersInOneProcessExcludeEachOther() throws Exception {
        Path same = Files.createSymbolicLink(directory.resolveSibling("link-to-it"), directory);
        LockFile first = exclusive().orElseThrow();
        assertThat(exclusive()).isEmpty();
        assertThat(shared()).isEmpty();
        assertThat(LockFile.tryExclusive(same.resolve("lock"), NONE)).isEmpty();
        Files.delete(same);
        first.close();
        try (LockFile second = exclusive().orElseThrow()) {
            // A second close does not release the other owner's lock.
            first.close();
            assertThat(exclusive()).isEmpty();
            assertThat(second).isNotSameAs(first);
        }
        assertThat(exclusive()).hasValueSatisfying(LockFileTest::close);
    }

    private static void close(LockFile lock) {
        try {
            lock.close();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Even after others in this process have tried to take it, which must not release it. */
    @Test
    void anotherProcessSeesALockOfThisOne() throws Exception {
        try (LockFile _ = exclusive().orElseThrow()) {
            assertThat(exclusive()).isEmpty();
            assertThat(LockFile.whileFree(file(), NONE, () -> Optional.of(1))).isEmpty();
            try (HalfWayProcess _ = owner("attempt")) {
                assertThat(directory.resolve("had")).hasContent("false");
            }
        }
        try (HalfWayProcess _ = owner("attempt")) {
            assertThat(directory.resolve("had")).hasContent("true");
        }
    }

    @Test
    void aKilledOwnersLockIsReleased() throws Exception {
        for (String kind : List.of("exclusive", "shared")) {
            try (HalfWayProcess owner = owner(kind)) {
                assertThat(exclusive()).isEmpty();
                owner.kill();
            }
            assertThat(exclusive()).hasValueSatisfying(LockFileTest::close);
        }
    }

    @Test
    void sharersLetEachOtherInAndNobodyElse() throws Exception {
        LockFile first = shared().orElseThrow();
        LockFile second = shared().orElseThrow();
        try (HalfWayProcess third = owner("shared")) {
            assertThat(exclusive()).isEmpty();
            first.close();
            second.close();
            // In this process, the last owner's close releases it.
            assertThat(exclusive()).isEmpty();
            third.kill();
        }
        try (LockFile _ = exclusive().orElseThrow()) {
            assertThat(shared()).isEmpty();
        }
    }

    @Test
    void oneThatOnlyReadsMayShare() throws Exception {
        Files.createFile(
                file(),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("r--r--r--")));
        try (LockFile _ = shared().orElseThrow()) {
            assertThat(exclusive()).isEmpty();
        }
    }

    @Test
    void waitingEndsWithTheOwnerAndNamesIt() throws Exception {
        List<Long> told = new CopyOnWriteArrayList<>();
        FutureTask<Boolean> waiting =
                new FutureTask<>(
                        () -> {
                            try (LockFile _ = LockFile.exclusive(file(), told::add)) {
                                return exclusive().isEmpty();
                            }
                        });
        long pid;
        try (HalfWayProcess owner = owner("exclusive")) {
            Thread.ofVirtual().start(waiting);
            await().until(() -> !told.isEmpty());
            assertThat(waiting.isDone()).isFalse();
            pid = Long.parseLong(Files.readString(file()));
            owner.kill();
        }
        assertThat(waiting.get()).isTrue();
        assertThat(told).containsExactly(pid);
    }

    @Test
    void waitingForAnOwnerOfThisProcessNamesThisOne() throws Exception {
        List<Long> told = new CopyOnWriteArrayList<>();
        FutureTask<Boolean> waiting = new FutureTask<>(() -> waitAndClose(told));
        try (LockFile _ = exclusive().orElseThrow()) {
            Thread.ofVirtual().start(waiting);
            await().until(() -> !told.isEmpty());
            assertThat(waiting.isDone()).isFalse();
        }
        assertThat(waiting.get()).isTrue();
        assertThat(told).containsExactly(ProcessHandle.current().pid());
    }

    private boolean waitAndClose(List<Long> told) throws Exception {
        LockFile.exclusive(file(), told::add).close();
        return true;
    }

    @Test
    void anInterruptEndsWaiting() throws Exception {
        try (LockFile _ = exclusive().orElseThrow()) {
            Thread.currentThread().interrupt();
            assertThatExceptionOfType(InterruptedException.class)
                    .isThrownBy(() -> LockFile.exclusive(file(), _ -> {}));
            Thread.currentThread().interrupt();
            assertThatExceptionOfType(InterruptedIOException.class)
                    .isThrownBy(() -> LockFile.tryExclusive(file(), Duration.ofMinutes(1)));
            assertThat(Thread.interrupted()).isFalse();
            assertThat(exclusive()).isEmpty();
        }
    }

    @Test
    void whatIsDoneForAMomentIsWaitedForHere() throws Exception {
        Files.createFile(file());
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch gate = new CountDownLatch(1);
        FutureTask<Optional<String>> look =
                new FutureTask<>(
                        () ->
                                LockFile.whileFree(
                                        file(),
                                        NONE,
                                        () -> {
                                            inside.countDown();
                                            await().until(() -> gate.getCount() == 0);
                                            return Optional.of("seen");
                                        }));
        Thread.ofVirtual().start(look);
        inside.await();
        FutureTask<Optional<LockFile>> other = new FutureTask<>(this::exclusive);
        Thread waiting = Thread.ofPlatform().daemon().start(other);
        await().until(() -> waiting.getState() == Thread.State.WAITING);
        gate.countDown();
        assertThat(look.get()).contains("seen");
        assertThat(other.get()).hasValueSatisfying(LockFileTest::close);
    }

    @Test
    void nothingIsDoneWhileSomebodyHasTheLock() throws Exception {
        LockFile.Work<String> work = () -> Optional.of("done");
        assertThat(LockFile.whileFree(file(), NONE, work)).isEmpty();
        assertThat(file()).doesNotExist();
        try (LockFile _ = exclusive().orElseThrow()) {
            // Returns at once, because an owner in this process may live long.
            assertThat(LockFile.whileFree(file(), Duration.ofDays(1), work)).isEmpty();
        }
        assertThat(LockFile.whileFree(file(), NONE, work)).contains("done");
        try (HalfWayProcess _ = owner("exclusive")) {
            assertThat(LockFile.whileFree(file(), Duration.ofMillis(20), work)).isEmpty();
        }
        assertThat(LockFile.whileFree(file(), NONE, work)).contains("done");
        assertThatIOException()
                .isThrownBy(
                        () ->
                                LockFile.whileFree(
                                        file(),
                                        NONE,
                                        () -> {
                                            throw new IOException("failed");
                                        }))
                .withMessage("failed");
        assertThat(exclusive()).hasValueSatisfying(LockFileTest::close);
    }

    @Test
    void itsOwnerMayDeleteTheFile() throws Exception {
        try (LockFile _ = exclusive().orElseThrow()) {
            Files.delete(file());
            // Another file, and therefore another lock.
            exclusive().orElseThrow().close();
            assertThat(file()).exists();
        }
        assertThat(exclusive()).hasValueSatisfying(LockFileTest::close);
    }

    @Test
    void itsDirectoryHasToBeThere() {
        assertThatExceptionOfType(NoSuchFileException.class)
                .isThrownBy(() -> LockFile.tryExclusive(directory.resolve("none/lock"), NONE));
    }
}
