package dev.microsandbox.vmm.virtio;

import java.util.ArrayList;
import java.util.List;

/** A device that takes all requests and counts them, for tests of queues and transport. */
public final class EchoDevice extends VirtioDevice {

    static final long FEATURE = 1 << 3;

    final List<DescriptorChain> chains = new ArrayList<>();
    final List<Activation> activations = new ArrayList<>();
    int resets;
    public byte[] config = {1, 2, 3, 4, 5, 6, 7, 8};

    /** Whether it completes chains. */
    boolean completes = true;

    private List<Virtqueue> queues = List.of();

    @Override
    protected int type() {
        return 42;
    }

    @Override
    protected long features() {
        return FEATURE;
    }

    @Override
    protected int[] queueSizes() {
        return new int[] {8, 16};
    }

    @Override
    protected byte[] config() {
        return config;
    }

    @Override
    protected void writeConfig(int offset, byte[] bytes) {
        System.arraycopy(bytes, 0, config, offset, bytes.length);
    }

    @Override
    protected void activate(Activation activation) {
        activations.add(activation);
        queues = activation.queues();
    }

    @Override
    protected boolean notified(int queue) {
        Virtqueue from = queues.get(queue);
        DescriptorChain chain;
        while ((chain = from.poll()) != null) {
            chains.add(chain);
            if (completes) {
                from.complete(chain, chain.writableBytes());
            }
        }
        from.signal();
        return false;
    }

    @Override
    protected void reset() {
        resets++;
        queues = List.of();
    }
}
