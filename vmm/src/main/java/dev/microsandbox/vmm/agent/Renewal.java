package dev.microsandbox.vmm.agent;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;

/**
 * One RENEW with its token and its answer.
 *
 * @param done completed by the agent's answer, or exceptionally if there will be none
 */
record Renewal(byte[] token, CompletableFuture<Void> done) {

    private static final SecureRandom RANDOM = new SecureRandom();

    static Renewal create() {
        return new Renewal(random(Protocol.TOKEN_SIZE), new CompletableFuture<>());
    }

    /**
     * The frame's payload. Must be created just before it is sent, because it contains the time.
     */
    PayloadWriter payload(RenewRequest request) {
        return new PayloadWriter()
                .raw(token, 0, token.length)
                .u64(nanos(request.clock().instant()))
                .str(request.hostName())
                .u64(Long.reverseBytes(request.machineId().getMostSignificantBits()))
                .u64(Long.reverseBytes(request.machineId().getLeastSignificantBits()))
                .bytes(entropy())
                .u32(ExecArguments.millis(request.interpreterTimeout()));
    }

    /** Random bytes, all of which the guest credits as entropy. */
    static byte[] entropy() {
        return random(Protocol.RENEW_ENTROPY_MIN);
    }

    /** Nanoseconds since the epoch. */
    static long nanos(Instant time) {
        return Math.addExact(
                Math.multiplyExact(time.getEpochSecond(), 1_000_000_000L), time.getNano());
    }

    static String overdue(Duration timeout) {
        return "The sandbox's agent did not answer within "
                + timeout.toSeconds()
                + " s of the restoring of its machine. ";
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        RANDOM.nextBytes(bytes);
        return bytes;
    }
}
