package dev.microsandbox.vmm.virtio;

import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/** Random bytes from the host's kernel: virtio 1.2, section 5.4. */
public final class Entropy extends VirtioDevice {

    private static final int QUEUE_SIZE = 64;

    /** The most bytes for one request; a driver that needs more sends another request. */
    private static final int MOST_BYTES = 4096;

    /** The most requests to serve before other devices get their turn. */
    private static final int MOST_REQUESTS = 16;

    /** Reads /dev/urandom; never waits for entropy. */
    private static final SecureRandom RANDOM = hostRandom();

    private @Nullable Virtqueue requests;

    private static SecureRandom hostRandom() {
        try {
            return SecureRandom.getInstance("NativePRNGNonBlocking");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("the JDK for Linux reads /dev/urandom", e);
        }
    }

    @Override
    protected int type() {
        return DeviceType.ENTROPY;
    }

    @Override
    protected long features() {
        return 0;
    }

    @Override
    protected int[] queueSizes() {
        return new int[] {QUEUE_SIZE};
    }

    @Override
    protected byte[] config() {
        return new byte[0];
    }

    @Override
    protected void activate(Activation activation) {
        requests = activation.queues().getFirst();
    }

    @Override
    protected boolean notified(int queue) {
        Virtqueue from = requests;
        return from != null && from.serve(MOST_REQUESTS, Entropy::fill);
    }

    private static long fill(DescriptorChain chain) {
        byte[] bytes = new byte[(int) Math.min(chain.writableBytes(), MOST_BYTES)];
        RANDOM.nextBytes(bytes);
        return Buffers.fill(chain.writable(), bytes, 0, bytes.length);
    }

    @Override
    protected void reset() {
        requests = null;
    }
}
