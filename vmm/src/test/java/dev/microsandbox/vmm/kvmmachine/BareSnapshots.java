package dev.microsandbox.vmm.kvmmachine;

import static dev.microsandbox.vmm.kvmmachine.BareMachine.DATA;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.microsandbox.vmm.kvmmachine.Code.Register;
import dev.microsandbox.vmm.memory.GuestMemory;
import dev.microsandbox.vmm.snapshot.Snapshot;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** What tests of snapshots share: guests of a few instructions on the real KVM. */
abstract class BareSnapshots {

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

    <T extends AutoCloseable> T keep(T one) {
        open.add(one);
        return one;
    }

    /** Increments the word at {@link BareMachine#DATA} for ever. */
    static Code counter() {
        Code code = new Code().mov(Register.RBX, DATA);
        int again = code.position();
        return code.increment().jump(again);
    }

    static void awaitCount(BareMachine guest, long more) {
        awaitMore(() -> guest.memory.u64(DATA), more);
    }

    static void awaitMore(LongSupplier value, long more) {
        await().atMost(Duration.ofSeconds(20))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .until(() -> value.getAsLong() > more);
    }

    static void rollback(BareMachine guest, Snapshot snapshot) throws Exception {
        assertThat(guest.machine.pause()).isTrue();
        guest.machine.putBack(snapshot.memory(), snapshot.state());
    }

    static String sha256(GuestMemory memory) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        for (GuestMemory.Region region : memory.regions()) {
            digest.update(region.segment().asByteBuffer());
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
