package dev.microsandbox.vmm.linux;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The mappings that this process may still make. The kernel allows a process a number of them
 * (vm.max_map_count). At that limit, mmap fails for everybody in the process: the JVM can then
 * neither start a thread nor grow its heap. So who needs many takes a share first, and is refused
 * while there is still enough for the JVM. Thread-safe.
 */
public final class MappingBudget {

    private static final Path KERNEL_LIMIT = Path.of("/proc/sys/vm/max_map_count");

    /** More than such a file has. */
    private static final int LIMIT_BYTES = 64;

    /** The kernel's default, for where its setting cannot be read. */
    private static final int USUAL_LIMIT = 65_530;

    /**
     * What remains for the JVM: heap, stacks, compiled code, libraries, the allocators of C. It has
     * some hundred of its own.
     */
    private static final int MOST_KEPT_FREE = 8192;

    /** Of this process. */
    public static final MappingBudget PROCESS = ofKernel();

    private final int most;
    private int taken;

    /**
     * @param most how many mappings all shares may have together
     */
    public MappingBudget(int most) {
        this.most = most;
    }

    private static MappingBudget ofKernel() {
        int limit = kernelLimit();
        return new MappingBudget(limit - Math.min(MOST_KEPT_FREE, limit / 4));
    }

    private static int kernelLimit() {
        // In one read, because such a file has nothing at other offsets than 0.
        try (InputStream in = Files.newInputStream(KERNEL_LIMIT)) {
            String text = new String(in.readNBytes(LIMIT_BYTES), StandardCharsets.US_ASCII);
            return Integer.parseInt(text.strip());
        } catch (IOException | NumberFormatException e) {
            return USUAL_LIMIT;
        }
    }

    /** How many mappings all shares may have together. */
    public int most() {
        return most;
    }

    /** How many mappings all shares have together. */
    public synchronized int taken() {
        return taken;
    }

    /**
     * Takes a share.
     *
     * @throws LinuxException if there are not as many mappings left
     */
    public Share take(int mappings) throws LinuxException {
        Share share = new Share();
        share.resize(mappings);
        return share;
    }

    private synchronized boolean tryChange(int mappings) {
        if (mappings > 0 && mappings > most - taken) {
            return false;
        }
        taken += mappings;
        return true;
    }

    /** The mappings of one user. For one thread at a time. */
    public final class Share implements AutoCloseable {

        private int held;

        private Share() {}

        /**
         * Gives mappings back, or takes more, if there are as many.
         *
         * @return whether the share now has as many; otherwise it is as before
         */
        public boolean tryResize(int mappings) {
            if (!tryChange(mappings - held)) {
                return false;
            }
            held = mappings;
            return true;
        }

        /**
         * Gives mappings back, or takes more.
         *
         * @throws LinuxException if there are not as many left; the share is as before
         */
        public void resize(int mappings) throws LinuxException {
            if (!tryResize(mappings)) {
                throw new LinuxException(
                        "mmap of %d parts of a sandbox's memory, where %d of %d mappings are taken (end sandboxes, or raise the limit: sysctl vm.max_map_count)"
                                .formatted(mappings, taken(), most),
                        Errno.ENOMEM);
            }
        }

        /** Gives all mappings back. Idempotent. */
        @Override
        public void close() {
            boolean _ = tryResize(0);
        }
    }
}
