package dev.microsandbox.mcp;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * Checks a property on generated values. Every run generates the same cases; {@code -Dcases.seed}
 * chooses others. A failure names the seed and the case.
 */
public final class SeededCases {

    private static final long SEED = 20_260_101;

    private SeededCases() {}

    /** The property that must hold for every case. */
    @FunctionalInterface
    public interface Property {
        void check(Values values) throws Exception;
    }

    /** Checks a property on the given number of cases. */
    public static void check(int count, Property property) {
        long seed = Long.getLong("cases.seed", SEED);
        for (int i = 0; i < count; i++) {
            try {
                property.check(new Values(new SplittableRandom(seed + i)));
            } catch (Throwable e) {
                throw new AssertionError(
                        "case %d of %d; -Dcases.seed=%d begins with it: %s"
                                .formatted(i, count, seed + i, e.getMessage()),
                        e);
            }
        }
    }

    /** The values of one case. The ends of a range are chosen more often than values in between. */
    public static final class Values {

        private final RandomGenerator random;

        private Values(RandomGenerator random) {
            this.random = random;
        }

        public RandomGenerator random() {
            return random;
        }

        /** A number between two bounds, both included. */
        public int between(int least, int most) {
            return (int) between((long) least, (long) most);
        }

        public long between(long least, long most) {
            return switch (random.nextInt(10)) {
                case 0 -> least;
                case 1 -> most;
                default -> most == Long.MAX_VALUE ? any(least) : random.nextLong(least, most + 1);
            };
        }

        private long any(long least) {
            return Math.max(least, random.nextLong());
        }

        @SafeVarargs
        public final <T> T oneOf(T... values) {
            return values[random.nextInt(values.length)];
        }

        public byte[] bytes(int most) {
            byte[] bytes = new byte[between(0, most)];
            random.nextBytes(bytes);
            return bytes;
        }

        /** A text of characters from the alphabet. */
        public String text(String alphabet, int most) {
            StringBuilder text = new StringBuilder();
            for (int left = between(0, most); left > 0; left--) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            return text.toString();
        }

        /** A text of arbitrary characters, including unpaired surrogates. */
        public String text(int most) {
            StringBuilder text = new StringBuilder();
            for (int left = between(0, most); left > 0; left--) {
                int bound = oneOf(0x80, 0x80, 0x800, 0x1_0000);
                text.append((char) random.nextInt(bound));
            }
            return text.toString();
        }
    }
}
