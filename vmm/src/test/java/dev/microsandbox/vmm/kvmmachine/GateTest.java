package dev.microsandbox.vmm.kvmmachine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GateTest {

    /** Runs a call on another thread. */
    private static <T> CompletableFuture<T> elsewhere(java.util.concurrent.Callable<T> call) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Thread.ofPlatform()
                .daemon()
                .start(
                        () -> {
                            try {
                                result.complete(call.call());
                            } catch (Exception e) {
                                result.completeExceptionally(e);
                            }
                        });
        return result;
    }

    private static boolean result(CompletableFuture<Boolean> call) throws Exception {
        return call.get(10, TimeUnit.SECONDS);
    }

    private static void assertWaits(CompletableFuture<Boolean> call) {
        assertThatThrownBy(() -> call.get(50, TimeUnit.MILLISECONDS))
                .isInstanceOf(TimeoutException.class);
    }

    @Test
    void anOpenGateHoldsNobody() {
        Gate gate = new Gate(1);
        for (int i = 0; i < 3; i++) {
            assertThat(gate.pass()).isTrue();
        }
    }

    @Test
    void aClosedGateHoldsThemAllUntilItOpens() throws Exception {
        Gate gate = new Gate(2);
        gate.close();
        CompletableFuture<Boolean> all = elsewhere(gate::awaitAll);
        CompletableFuture<Boolean> first = elsewhere(gate::pass);
        assertWaits(first);
        assertWaits(all); // the second still runs
        CompletableFuture<Boolean> second = elsewhere(gate::pass);
        assertThat(result(all)).isTrue();
        assertWaits(second);
        gate.open();
        assertThat(result(first)).isTrue();
        assertThat(result(second)).isTrue();
        assertThat(gate.pass()).isTrue();
    }

    @Test
    void whoHasPassedIsNotTakenForWaiting() throws Exception {
        Gate gate = new Gate(1);
        for (int i = 0; i < 100; i++) {
            gate.close();
            CompletableFuture<Boolean> vcpu = elsewhere(gate::pass);
            assertThat(gate.awaitAll()).isTrue();
            gate.open();
            assertThat(result(vcpu)).isTrue();
        }
        gate.close();
        assertWaits(elsewhere(gate::awaitAll));
    }

    @Test
    void stoppingReleasesThoseWhoWaitAndAllWhoCome() throws Exception {
        Gate gate = new Gate(2);
        gate.close();
        CompletableFuture<Boolean> vcpu = elsewhere(gate::pass);
        CompletableFuture<Boolean> all = elsewhere(gate::awaitAll);
        assertWaits(vcpu);
        gate.stop();
        assertThat(result(vcpu)).isFalse();
        assertThat(result(all)).as("no vCPU is held").isFalse();
        assertThat(gate.pass()).isFalse();
        assertThat(gate.awaitAll()).isFalse();
    }

    @Test
    void whatHasStoppedDoesNotOpenAgain() {
        Gate gate = new Gate(1);
        gate.stop();
        gate.open();
        assertThat(gate.pass()).isFalse();
        gate.close();
        assertThat(gate.pass()).isFalse();
    }

    @Test
    void nobodyWaitsForAVcpuWhoseThreadHasEnded() throws Exception {
        Gate gate = new Gate(2);
        gate.close();
        CompletableFuture<Boolean> vcpu = elsewhere(gate::pass);
        CompletableFuture<Boolean> all = elsewhere(gate::awaitAll);
        assertWaits(all);
        gate.leave();
        assertThat(result(all)).isTrue();
        gate.open();
        assertThat(result(vcpu)).isTrue();
    }

    @Test
    void aVcpuIsNotDisturbedByAnInterrupt() throws Exception {
        Gate gate = new Gate(1);
        gate.close();
        CompletableFuture<Boolean> vcpu =
                elsewhere(
                        () -> {
                            Thread.currentThread().interrupt();
                            return gate.pass();
                        });
        assertWaits(vcpu);
        gate.open();
        assertThat(result(vcpu)).isTrue();
    }

    @Test
    void whoWaitsForVcpusCanBeInterrupted() {
        Gate gate = new Gate(1);
        CompletableFuture<Boolean> all =
                elsewhere(
                        () -> {
                            Thread.currentThread().interrupt();
                            return gate.awaitAll();
                        });
        assertThatThrownBy(() -> result(all))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(InterruptedException.class);
    }

    /** While all threads are held, nothing changes; between two holds, everything does. */
    @Test
    void eightRunningVcpusAreHeldAgainAndAgain() throws Exception {
        int vcpus = 8;
        Gate gate = new Gate(vcpus);
        List<AtomicInteger> rounds = new ArrayList<>();
        List<CompletableFuture<Boolean>> threads = new ArrayList<>();
        for (int i = 0; i < vcpus; i++) {
            AtomicInteger round = new AtomicInteger();
            rounds.add(round);
            threads.add(
                    elsewhere(
                            () -> {
                                while (gate.pass()) {
                                    round.incrementAndGet();
                                    Thread.onSpinWait();
                                }
                                gate.leave();
                                return true;
                            }));
        }
        for (int i = 0; i < 50; i++) {
            gate.close();
            assertThat(gate.awaitAll()).isTrue();
            List<Integer> before = rounds.stream().map(AtomicInteger::get).toList();
            Thread.sleep(1);
            assertThat(rounds.stream().map(AtomicInteger::get)).isEqualTo(before);
            gate.open();
        }
        gate.stop();
        for (CompletableFuture<Boolean> thread : threads) {
            assertThat(result(thread)).isTrue();
        }
    }
}
