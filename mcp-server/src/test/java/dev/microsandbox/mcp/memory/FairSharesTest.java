package dev.microsandbox.mcp.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.memory.FairShares.Verdict;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class FairSharesTest {

    private final FairShares shares = new FairShares(1000);

    private int takeAll(Owner owner) {
        int taken = 0;
        while (shares.tryTake(owner, 1) == Verdict.TAKEN) {
            taken++;
        }
        return taken;
    }

    @Test
    void aKeyAloneGetsHalf() {
        assertThat(takeAll(new Owner("a", "1"))).isEqualTo(500);
        assertThat(shares.tryTake(new Owner("a", "1"), 1)).isEqualTo(Verdict.KEY_HAS_ITS_SHARE);
    }

    @Test
    void aNamespaceGetsTwoThirdsHoweverManyKeysItHas() {
        int taken = 0;
        for (int key = 0; key < 100; key++) {
            taken += takeAll(new Owner("a", "" + key));
        }
        assertThat(taken).isBetween(660, 667);
        assertThat(shares.tryTake(new Owner("a", "more"), 1))
                .isEqualTo(Verdict.NAMESPACE_HAS_ITS_SHARE);
    }

    @Test
    void whoComesLaterFindsSome() {
        for (int namespace = 0; namespace < 3; namespace++) {
            for (int key = 0; key < 100; key++) {
                takeAll(new Owner("greedy" + namespace, "" + key));
            }
        }
        assertThat(takeAll(new Owner("late", "1"))).isGreaterThan(10);
    }

    @Test
    void whatIsReleasedIsFreeAgain() {
        Owner owner = new Owner("a", "1");
        int taken = takeAll(owner);
        shares.release(owner, taken);
        assertThat(shares.used()).isZero();
        assertThat(takeAll(new Owner("b", "2"))).isEqualTo(taken);
    }

    @Test
    void manyTinyValuesWeighMoreThanTheirText() {
        byte[] tiny = "{\"\":0},".repeat(1000).getBytes(StandardCharsets.UTF_8);
        byte[] text = ("\"" + "{[,:\\\"".repeat(1000) + "\"").getBytes(StandardCharsets.UTF_8);
        assertThat(JsonWeight.of(tiny)).isGreaterThan(25L * tiny.length);
        assertThat(JsonWeight.of(text)).isZero();
    }
}
