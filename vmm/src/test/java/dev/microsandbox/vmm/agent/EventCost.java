package dev.microsandbox.vmm.agent;

import java.util.Locale;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;

/**
 * A process that measures what a checkpoint's event costs that nobody records, and what one costs
 * that is recorded. Events of sandboxes are all alike; this one has the most steps.
 */
final class EventCost {

    private static final int EVENTS = 200_000;
    private static final int ROUNDS = 9;

    private EventCost() {}

    /** Prints whether the recorder was started by events, and nanoseconds an event. */
    public static void main(String[] arguments) {
        double off = leastNanos();
        System.out.println("recorder started: " + FlightRecorder.isInitialized());
        System.out.printf(Locale.ROOT, "not recorded: %.1f ns%n", off);
        try (Recording recording = new Recording()) {
            recording.disable(CheckpointEvent.class);
            recording.start();
            System.out.printf(Locale.ROOT, "left out of a recording: %.1f ns%n", leastNanos());
        }
        try (Recording recording = new Recording()) {
            recording.enable(CheckpointEvent.class);
            recording.start();
            System.out.printf(Locale.ROOT, "recorded: %.1f ns%n", leastNanos());
        }
    }

    /** Of the fastest round, which nothing else on the host has disturbed. */
    private static double leastNanos() {
        double least = Double.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
            long start = System.nanoTime();
            for (int i = 0; i < EVENTS; i++) {
                CheckpointEvent event = new CheckpointEvent();
                event.startClock();
                event.opened();
                event.held();
                event.taken();
                event.written("sandbox", i);
            }
            least = Math.min(least, (System.nanoTime() - start) / (double) EVENTS);
        }
        return least;
    }
}
