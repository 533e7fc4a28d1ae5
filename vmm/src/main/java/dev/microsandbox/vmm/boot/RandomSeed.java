package dev.microsandbox.vmm.boot;

import dev.microsandbox.vmm.memory.GuestLayout;
import dev.microsandbox.vmm.memory.GuestMemory;
import java.security.SecureRandom;

/**
 * Random bytes that seed the kernel's generator, in struct setup_data of asm/bootparam.h. With them
 * the guest has good random numbers from its first process on, and does not have to collect entropy
 * from its clock's jitter. The kernel wipes the seed after use.
 */
final class RandomSeed {

    // struct setup_data: next, type, length, data
    private static final int TYPE = 8;
    private static final int LENGTH = 12;
    private static final int DATA = 16;

    /** SETUP_RNG_SEED; kernels before 6.0 ignore it. */
    private static final int RNG_SEED = 9;

    private static final int SEED_BYTES = 64;

    private static final SecureRandom RANDOM = new SecureRandom();

    private RandomSeed() {}

    /** Writes a fresh seed to {@link GuestLayout#RANDOM_SEED}. */
    static void write(GuestMemory memory) {
        byte[] seed = new byte[SEED_BYTES];
        RANDOM.nextBytes(seed);
        memory.putU32(GuestLayout.RANDOM_SEED + TYPE, RNG_SEED);
        memory.putU32(GuestLayout.RANDOM_SEED + LENGTH, SEED_BYTES);
        memory.range(GuestLayout.RANDOM_SEED + DATA, SEED_BYTES).copyFrom(seed);
    }
}
